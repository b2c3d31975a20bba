import type { AmqpConnection } from './amqp-connection.js';
import { brokerWords } from './refusal.js';
import type { BrokerServer } from './server.js';

/** A connection and the signal of its end, which amqplib reports only as an event. */
export interface LiveConnection {
  readonly opened: AmqpConnection;
  readonly server: BrokerServer;
  /** Aborted with the error that ended the connection. */
  readonly gone: AbortSignal;
}

/** Watches a connection that just opened. */
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

/** Returns the broker's reason if it closed the connection, else the error: amqplib only says that it ended. */
export function causeOf({ gone }: Pick<LiveConnection, 'gone'>, error: unknown): unknown {
  return gone.aborted && brokerWords(gone.reason) !== undefined ? gone.reason : error;
}
