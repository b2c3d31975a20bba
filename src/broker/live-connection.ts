import type { ChannelModel } from 'amqplib';
import { brokerWords } from './refusal.js';
import { type BrokerServer, serverOf } from './server.js';

/** A connection together with the news of its end, which `ChannelModel` tells only by an event. */
export interface LiveConnection {
  readonly model: ChannelModel;
  readonly server: BrokerServer;
  /** Aborted when the connection has gone; the reason is the error that ended it. */
  readonly gone: AbortSignal;
}

/** Watches a connection that was just opened. */
export function watchConnection(model: ChannelModel): LiveConnection {
  const controller = new AbortController();
  let cause: Error | undefined;
  model.on('error', (error) => {
    cause = error;
  });
  model.once('close', (error) => controller.abort(cause ?? error));
  return { model, server: serverOf(model), gone: controller.signal };
}

/** Why something asked over this connection failed: of a connection that the broker closed, amqplib says only that it ended. */
export function causeOf({ gone }: Pick<LiveConnection, 'gone'>, error: unknown): unknown {
  return gone.aborted && brokerWords(gone.reason) !== undefined ? gone.reason : error;
}
