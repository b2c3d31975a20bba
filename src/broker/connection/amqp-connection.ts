import type { Channel, ChannelModel, ConfirmChannel } from 'amqplib';
import type { Wire, WireChannel } from '../../amqp/wire/index.js';
import { deferred } from '../../timing/index.js';
import { type BrokerServer, serverOf } from './server.js';

/** amqplib's channel, and the same channel on the wire. */
export interface OpenedChannel<Kind extends Channel = Channel> {
  readonly channel: Kind;
  readonly wire: WireChannel;
}

/** amqplib's connection, and the wire under it. */
export class AmqpConnection {
  readonly model: ChannelModel;
  readonly server: BrokerServer;
  private readonly wire: Wire;
  /** amqplib reveals no channel number, so channels open one at a time, and it is that of the next channel.open. */
  private opening: Promise<void> = Promise.resolve();

  constructor(model: ChannelModel, wire: Wire) {
    this.model = model;
    this.wire = wire;
    this.server = serverOf(wire.handshake.serverProperties);
  }

  get frameMax(): number {
    return this.wire.frameMax;
  }

  get channelMax(): number {
    return this.wire.channelMax;
  }

  openChannel(): Promise<OpenedChannel> {
    return this.open(() => this.model.createChannel());
  }

  openConfirmChannel(): Promise<OpenedChannel<ConfirmChannel>> {
    return this.open(() => this.model.createConfirmChannel());
  }

  /** For a connection that the broker no longer serves. */
  kill(cause: Error): void {
    this.wire.destroy(cause);
  }

  close(): Promise<void> {
    return this.model.close();
  }

  private async open<Kind extends Channel>(create: () => Promise<Kind>): Promise<OpenedChannel<Kind>> {
    const before = this.opening;
    const isSent = deferred();
    this.opening = isSent.promise;
    await before;
    const opened: WireChannel[] = [];
    this.wire.onChannel = (wire) => {
      opened.push(wire);
      isSent.resolve();
    };
    try {
      const channel = await create();
      const [wire] = opened;
      if (wire === undefined) throw new TypeError('amqplib opened a channel that the wire has not seen');
      return { channel, wire };
    } finally {
      isSent.resolve();
    }
  }
}
