import type { ChannelModel } from 'amqplib';
import { type BrokerServer, serverOf } from './server.js';

/** A connection together with the news of its end, which `ChannelModel` tells only by an event. */
export interface LiveConnection {
  readonly model: ChannelModel;
  readonly server: BrokerServer;
  /** Aborted when the connection has gone. */
  readonly gone: AbortSignal;
}

/** Watches a connection that was just opened. */
export function watchConnection(model: ChannelModel): LiveConnection {
  const controller = new AbortController();
  model.once('close', () => controller.abort());
  return { model, server: serverOf(model), gone: controller.signal };
}
