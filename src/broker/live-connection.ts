import type { ChannelModel } from 'amqplib';

/** A connection together with the news of its end, which `ChannelModel` tells only by an event. */
export interface LiveConnection {
  readonly model: ChannelModel;
  /** Aborted when the connection has gone. */
  readonly gone: AbortSignal;
}

/** Watches a connection that was just opened. */
export function watchConnection(model: ChannelModel): LiveConnection {
  const controller = new AbortController();
  model.once('close', () => controller.abort());
  return { model, gone: controller.signal };
}
