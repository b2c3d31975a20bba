import { type ChannelLink, WireChannel } from './wire-channel.js';

/** The channels of one connection by number. Keeps none that has closed. */
export class WireChannels {
  private readonly link: ChannelLink;
  private readonly channels = new Map<number, WireChannel>();
  /** Stands for each that has closed: ignores messages, and a second close. */
  private readonly closed: WireChannel;
  /** amqplib opens the lowest free number, so each number up to this one has been open. */
  private highest = 0;

  constructor(link: ChannelLink) {
    this.link = link;
    this.closed = new WireChannel(0, link);
    this.closed.closed();
  }

  open(number: number): WireChannel {
    const channel = new WireChannel(number, this.link);
    this.channels.set(number, channel);
    this.highest = Math.max(this.highest, number);
    return channel;
  }

  /** Undefined if the number has never been open. */
  find(number: number): WireChannel | undefined {
    return this.channels.get(number) ?? (number > 0 && number <= this.highest ? this.closed : undefined);
  }

  /** @throws RangeError if the number has never been open */
  at(number: number): WireChannel {
    const channel = this.find(number);
    if (channel === undefined) throw new RangeError(`a frame arrived on channel ${number}, which is not open`);
    return channel;
  }

  /** It has closed. */
  drop(number: number): void {
    this.channels.delete(number);
  }

  allClosing(): void {
    for (const channel of this.channels.values()) channel.closing();
  }

  allClosed(): void {
    for (const channel of this.channels.values()) channel.closed();
  }
}
