import type { ReceivedMessage } from '../messages/received-message.js';
import { FRAME, type Frame, METHOD } from './frames.js';
import type { WireChannel } from './wire-channel.js';

/** Routes frames to the channels of a connection; throws on frames of unopened channels. */
export class WireChannels {
  private readonly channels = new Map<number, WireChannel>();

  get(number: number): WireChannel | undefined {
    return this.channels.get(number);
  }

  add(channel: WireChannel): void {
    this.channels.set(channel.number, channel);
  }

  closing(): void {
    for (const channel of this.channels.values()) channel.closing();
  }

  closed(): void {
    for (const channel of this.channels.values()) channel.closed();
  }

  message(number: number, message: ReceivedMessage): void {
    this.find(number).message(message);
  }

  body(number: number, piece: Buffer): void {
    this.find(number).body(piece);
  }

  /** Takes frames about messages. False: amqplib handles the frame. */
  take(frame: Frame): boolean {
    const { type, channel, chunk, start } = frame;
    if (type === FRAME.header) {
      this.find(channel).header(frame);
      return true;
    }
    if (type !== FRAME.method) return false;
    switch (chunk.readUInt32BE(start)) {
      case METHOD.basicDeliver:
        this.find(channel).deliver(frame);
        return true;
      case METHOD.basicReturn:
        this.find(channel).return(frame);
        return true;
      case METHOD.basicAck:
        this.find(channel).confirm(frame, false);
        return true;
      case METHOD.basicNack:
        this.find(channel).confirm(frame, true);
        return true;
      case METHOD.basicCancel:
        this.find(channel).cancel();
        return true;
      case METHOD.channelClose:
        return this.isClosedAgain(channel);
      case METHOD.channelCloseOk:
        this.channels.get(channel)?.closed();
        return false;
      default:
        if (channel > 0) this.find(channel).checkAnswer(chunk.readUInt32BE(start));
        return false;
    }
  }

  /** RabbitMQ 4.3.6 closes a channel twice when two messages of a cancelled consumer time out at once. */
  private isClosedAgain(number: number): boolean {
    const channel = this.channels.get(number);
    if (channel?.isClosed === true) return true;
    channel?.closedByBroker();
    return false;
  }

  private find(number: number): WireChannel {
    const channel = this.channels.get(number);
    if (channel === undefined) throw new RangeError(`a frame arrived on channel ${number}, which is not open`);
    return channel;
  }
}
