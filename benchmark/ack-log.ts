import { performance } from 'node:perf_hooks';
import type { AmqpFrame } from '../test/support/amqp/frame-splitter.js';
import type { TcpProxy } from '../test/support/network/tcp-proxy.js';

/** A basic.ack as it stands on the wire (https://www.rabbitmq.com/amqp-0-9-1-reference#basic.ack). */
export interface AckFrame {
  readonly channel: number;
  readonly deliveryTag: number;
  /** All lower tags of the channel that have no answer yet, too. */
  readonly multiple: boolean;
}

const BASIC_ACK = '60.80';
const TAG_AT = 4;
const BITS_AT = 12;

/** Undefined for any other frame. */
export function readAck({ method, channel, payload }: AmqpFrame): AckFrame | undefined {
  if (method !== BASIC_ACK) return undefined;
  const bits = payload.readUInt8(BITS_AT);
  return { channel, deliveryTag: Number(payload.readBigUInt64BE(TAG_AT)), multiple: (bits & 1) === 1 };
}

/** When each delivery was acked, and how many were, by the frames that pass a proxy on their way to the broker. */
export class AckLog {
  readonly #channels = new Map<number, ChannelLog>();
  #count = 0;

  /** Deliveries acked so far, on all channels. */
  get count(): number {
    return this.#count;
  }

  /** Notes the acks that pass a proxy, by the monotonic clock; the frames go on. */
  listen(proxy: TcpProxy): void {
    proxy.dropFrames((frame) => {
      const ack = readAck(frame);
      if (ack !== undefined) this.note(ack, performance.now());
      return false; // only looked at
    });
  }

  /** `atMs`: of the clock that the caller reads results by. */
  note({ channel, deliveryTag, multiple }: AckFrame, atMs: number): void {
    const log = this.#channels.get(channel) ?? { times: new Map<number, number>(), lowest: 1 };
    this.#channels.set(channel, log);
    const first = multiple ? log.lowest : deliveryTag;
    for (let tag = first; tag <= deliveryTag; tag++) {
      if (log.times.has(tag)) continue;
      log.times.set(tag, atMs);
      this.#count++;
    }
    if (multiple) log.lowest = Math.max(log.lowest, deliveryTag + 1);
  }

  /** When the n-th delivery of the one channel that acks was acked: tags count from 1. */
  timeOf(deliveryTag: number): number | undefined {
    const [log, ...others] = this.#channels.values();
    if (others.length > 0) throw new Error('acks came on several channels: a tag names no message');
    return log?.times.get(deliveryTag);
  }
}

interface ChannelLog {
  readonly times: Map<number, number>;
  /** Every tag below has its time. */
  lowest: number;
}
