import type { Channel, ChannelModel, ConfirmChannel } from 'amqplib';
import type { Wire, WireChannel } from '../../amqp/wire/index.js';
import { deferred } from '../../timing/index.js';
import { type BrokerServer, serverOf } from './server.js';

/** A channel for what amqplib does, and the same on the wire for its messages. */
export interface OpenedChannel<Kind extends Channel = Channel> {
  readonly channel: Kind;
  readonly wire: WireChannel;
}

/** A connection: amqplib's model of it, and the wire beneath. */
export class AmqpConnection {
  readonly model: ChannelModel;
  readonly server: BrokerServer;
  private readonly wire: Wire;
  /** The opening before: one at a time, or nobody could tell which number is whose. */
  private opening: Promise<void> = Promise.resolve();

  constructor(model: ChannelModel, wire: Wire) {
    this.model = model;
    this.wire = wire;
    this.server = serverOf(wire.serverProperties);
  }

  /** Bytes of a whole frame, as agreed with the broker. */
  get frameMax(): number {
    return this.wire.frameMax;
  }

  /** How many channels were agreed on. */
  get channelMax(): number {
    return this.wire.channelMax;
  }

  openChannel(): Promise<OpenedChannel> {
    return this.open(() => this.model.createChannel());
  }

  openConfirmChannel(): Promise<OpenedChannel<ConfirmChannel>> {
    return this.open(() => this.model.createConfirmChannel());
  }

  /** Ends a connection that the broker holds and does not serve, without asking it. */
  break(cause: Error): void {
    this.wire.destroy(cause);
  }

  /** Closes in good order. */
  close(): Promise<void> {
    return this.model.close();
  }

  /** amqplib tells no number: it is that of the one channel.open which goes out meanwhile. The answers may cross. */
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
