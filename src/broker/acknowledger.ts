import type { AnswerName } from '../protocol/index.js';
import type { Answer } from './answer-frames.js';
import { OpenTags } from './open-tags.js';

/**
 * The answers of one channel. They wait for the end of the loop's turn and go out in one write: refusals first, then the acks,
 * as one `multiple` ack where every lower tag is settled, else one by one.
 *
 * `multiple` acks every outstanding tag up to the given one, so it may name only a tag that is to be acked itself, with
 * nothing open below (https://www.rabbitmq.com/docs/confirms#consumer-acks-multiple-parameter).
 *
 * A stop that releases thousands at once sends the first of them one by one, for others to have them soon, and the rest as
 * one, as soon as nothing else is open: for each nack the broker looks for a place in its queue, and 10,000 took it 17 s.
 */
/** Releases of a stop that go out one by one. */
export const RELEASES_AT_ONCE = 1_000;

export class Acknowledger {
  private readonly write: (answers: readonly Answer[]) => void;
  private readonly unanswered = new OpenTags();
  private acks: number[] = [];
  private refusals: Answer[] = [];
  private highest = 0;
  private scheduled = false;
  private isLast = false;
  private released = 0;
  /** Released, and still among the unanswered: the number of them, and the highest. */
  private postponed = 0;
  private highestPostponed = 0;
  private open = true;
  private whenDrained: (() => void) | undefined;

  /** @param write sends answers on the channel; throws when it is closing */
  constructor(write: (answers: readonly Answer[]) => void) {
    this.write = write;
  }

  /** False once the channel has gone. */
  get isOpen(): boolean {
    return this.open;
  }

  /** Deliveries that the broker waits for an answer to. */
  get unansweredCount(): number {
    return this.unanswered.size;
  }

  /** No more is delivered: what is released from now on may wait for what runs. */
  cancelled(): void {
    this.isLast = true;
  }

  /** Calls back once, when every delivery has its answer on the wire. */
  drained(callback: () => void): void {
    this.whenDrained = callback;
    this.tellDrained();
  }

  /**
   * Notes a tag that the broker delivered.
   * @throws RangeError when it does not count up: a `multiple` ack would take in messages that nobody has handled
   */
  delivered(tag: number): void {
    if (tag <= this.highest) throw new RangeError(`tag ${tag} was delivered after tag ${this.highest}`);
    this.highest = tag;
    this.unanswered.add(tag);
  }

  /** Sends an answer, at the latest at the end of this turn. False: the channel has gone, nothing can be answered. */
  answer(tag: number, answer: Exclude<AnswerName, 'none'>): boolean {
    if (!this.open) return false;
    if (answer === 'nackRequeue' && this.isLast && ++this.released > RELEASES_AT_ONCE) return this.postpone(tag);
    this.unanswered.remove(tag);
    this.schedule();
    if (answer === 'ack') {
      this.acks.push(tag);
      return true;
    }
    this.refusals.push({ tag, answer, multiple: false });
    return true;
  }

  /** Sends what waits for the end of the turn. */
  flush(): void {
    this.scheduled = false;
    if (!this.open) return;
    if (this.acks.length > 0 || this.refusals.length > 0) this.sendAnswers();
    if (this.postponed > 0 && this.postponed === this.unanswered.size) this.sendPostponed();
    this.tellDrained();
  }

  private sendAnswers(): void {
    const { acks, refusals: answers } = this;
    this.acks = [];
    this.refusals = [];
    const lowestOpen = this.unanswered.lowest ?? Number.POSITIVE_INFINITY;
    let top = 0;
    for (const tag of acks) if (tag < lowestOpen && tag > top) top = tag;
    if (top > 0) answers.push({ tag: top, answer: 'ack', multiple: true });
    for (const tag of acks) if (tag > top) answers.push({ tag, answer: 'ack', multiple: false });
    this.send(answers);
  }

  private postpone(tag: number): boolean {
    this.postponed++;
    this.highestPostponed = Math.max(tag, this.highestPostponed);
    this.schedule();
    return true;
  }

  /** Nothing else is open, and every ack is sent: all that is outstanding is to go back. */
  private sendPostponed(): void {
    const highest = this.highestPostponed;
    this.postponed = 0;
    this.highestPostponed = 0;
    this.unanswered.clear();
    this.send([{ tag: highest, answer: 'nackRequeue', multiple: true }]);
  }

  /** The channel has gone: its tags mean nothing on any other. */
  close(): void {
    this.open = false;
    this.acks = [];
    this.refusals = [];
    this.postponed = 0;
    this.unanswered.clear();
  }

  private tellDrained(): void {
    if (this.whenDrained === undefined || this.unanswered.size > 0) return;
    if (this.acks.length > 0 || this.refusals.length > 0) return;
    this.whenDrained();
    this.whenDrained = undefined;
  }

  private schedule(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    setImmediate(() => this.flush());
  }

  private send(answers: readonly Answer[]): void {
    try {
      this.write(answers);
    } catch {
      // amqplib throws on a channel that is closing: the broker takes everything back.
      this.close();
    }
  }
}
