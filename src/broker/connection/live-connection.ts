import type { AmqpConnection } from './amqp-connection.js';
import { brokerWords } from './refusal.js';
import type { BrokerServer } from './server.js';

/** A connection together with the news of its end, which amqplib's model tells only by an event. */
export interface LiveConnection {
  readonly opened: AmqpConnection;
  readonly server: BrokerServer;
  /** Aborted when the connection has gone; the reason is the error that ended it. */
  readonly gone: AbortSignal;
}

/** Watches a connection that was just opened. */
export function watchConnection(opened: AmqpConnection): LiveConnection {
  const { model, server } = opened;
  const controller = new AbortController();
  let cause: Error | undefined;
  model.on('error', (error) => {
    cause = error;
  });
  model.once('close', (error) => controller.abort(cause ?? error));
  return { opened, server, gone: controller.signal };
}

/** Why something asked over this connection failed: of a connection that the broker closed, amqplib says only that it ended. */
export function causeOf({ gone }: Pick<LiveConnection, 'gone'>, error: unknown): unknown {
  return gone.aborted && brokerWords(gone.reason) !== undefined ? gone.reason : error;
}
