import type { Channel, Message } from 'amqplib';
import type { AnswerName } from '../../../src/protocol/index.js';

type Answer = Exclude<AnswerName, 'none'>;

/** A frame that was sent, for tests that count them. */
export interface Frame {
  readonly tag: number;
  readonly answer: Answer;
  readonly multiple: boolean;
}

/**
 * The broker's rule about delivery tags: each may be settled once, `multiple` settles all outstanding up to its tag, and
 * naming a tag that is not outstanding closes the channel (406 PRECONDITION_FAILED, unknown delivery tag).
 */
export class FakeChannel {
  readonly frames: Frame[] = [];
  readonly settled = new Map<number, Answer>();
  /** Whatever broke the broker's rule. */
  readonly violations: string[] = [];
  isClosed = false;
  private readonly outstanding = new Set<number>();

  deliver(tag: number): void {
    this.outstanding.add(tag);
  }

  ack(message: Message, multiple = false): void {
    this.take(message, 'ack', multiple);
  }

  nack(message: Message, multiple = false, requeue = true): void {
    this.take(message, requeue ? 'nackRequeue' : 'nackDrop', multiple);
  }

  reject(message: Message, requeue = true): void {
    this.take(message, requeue ? 'rejectRequeue' : 'rejectDrop', false);
  }

  private take(message: Message, answer: Answer, multiple: boolean): void {
    if (this.isClosed) throw new Error('Channel closed');
    const tag = message.fields.deliveryTag;
    this.frames.push({ tag, answer, multiple });
    if (!this.outstanding.has(tag)) {
      this.violations.push(`unknown delivery tag ${tag}`);
      return;
    }
    for (const each of multiple ? [...this.outstanding].filter((other) => other <= tag) : [tag]) {
      this.outstanding.delete(each);
      this.settled.set(each, answer);
    }
  }
}

/** An acknowledger uses no more of a channel than this. */
export function isChannel(fake: object): fake is Channel {
  return 'ack' in fake && 'nack' in fake && 'reject' in fake;
}
