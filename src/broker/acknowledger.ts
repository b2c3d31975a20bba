import type { Channel, Message } from 'amqplib';
import type { AnswerName } from '../protocol/index.js';

/** Bookkeeping of one tag. */
const OPEN = 0;
const TO_ACK = 1;
const DONE = 2;

/** Enough settled tags at the front to be worth cutting off. */
const COMPACT_AT = 1024;

/**
 * The answers of one channel: acks wait for the end of the loop's turn and go out as one `multiple` ack where every lower
 * tag is settled, else one by one; refusals go out at once.
 *
 * `multiple` acks every outstanding tag up to the given one, so it may name only a tag that is to be acked itself, with
 * nothing open below (https://www.rabbitmq.com/docs/confirms#consumer-acks-multiple-parameter).
 */
export class Acknowledger {
  private readonly channel: Channel;
  private states: number[] = [];
  /** The tag that `states[0]` stands for. */
  private base = 1;
  /** Everything below this tag is settled. */
  private low = 1;
  private pending: number[] = [];
  private scheduled = false;
  private open = true;

  constructor(channel: Channel) {
    this.channel = channel;
  }

  /** False once the channel has gone. */
  get isOpen(): boolean {
    return this.open;
  }

  /** Notes a tag that the broker delivered; tags of a channel count up from 1. */
  delivered(tag: number): void {
    this.states[tag - this.base] = OPEN;
  }

  /** Sends an answer, at the latest at the end of this turn. False: the channel has gone, nothing can be answered. */
  answer(tag: number, answer: Exclude<AnswerName, 'none'>): boolean {
    if (!this.open) return false;
    if (answer === 'ack') {
      this.states[tag - this.base] = TO_ACK;
      this.pending.push(tag);
      this.schedule();
      return true;
    }
    const requeue = answer === 'nackRequeue' || answer === 'rejectRequeue';
    return this.send(() => {
      if (answer === 'nackRequeue' || answer === 'nackDrop') this.channel.nack(named(tag), false, requeue);
      else this.channel.reject(named(tag), requeue);
      this.states[tag - this.base] = DONE;
    });
  }

  /** Sends what waits for the end of the turn. */
  flush(): void {
    this.scheduled = false;
    if (!this.open || this.pending.length === 0) return;
    const { pending } = this;
    this.pending = [];
    let top = 0;
    for (let state = this.at(this.low); state === TO_ACK || state === DONE; state = this.at(++this.low)) {
      if (state === TO_ACK) top = this.low;
    }
    this.send(() => {
      if (top > 0) this.channel.ack(named(top), true);
      for (const tag of pending) {
        if (tag > top) this.channel.ack(named(tag));
        this.states[tag - this.base] = DONE;
      }
    });
    this.compact();
  }

  /** The channel has gone: its tags mean nothing on any other. */
  close(): void {
    this.open = false;
    this.pending = [];
  }

  private at(tag: number): number | undefined {
    return this.states[tag - this.base];
  }

  private schedule(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    setImmediate(() => this.flush());
  }

  private send(write: () => void): boolean {
    try {
      write();
      return true;
    } catch {
      // amqplib throws on a channel that is closing: the broker takes everything back.
      this.close();
      return false;
    }
  }

  private compact(): void {
    const settled = this.low - this.base;
    if (settled < COMPACT_AT) return;
    this.states.splice(0, settled);
    this.base = this.low;
  }
}

/** amqplib takes a whole message where AMQP takes a tag. */
function named(deliveryTag: number): Message {
  return {
    fields: { deliveryTag, redelivered: false, exchange: '', routingKey: '' },
    content: EMPTY,
    properties: NONE,
  };
}

const EMPTY = Buffer.alloc(0);
const NONE: Message['properties'] = {
  contentType: undefined,
  contentEncoding: undefined,
  headers: undefined,
  deliveryMode: undefined,
  priority: undefined,
  correlationId: undefined,
  replyTo: undefined,
  expiration: undefined,
  messageId: undefined,
  timestamp: undefined,
  type: undefined,
  userId: undefined,
  appId: undefined,
  clusterId: undefined,
};
