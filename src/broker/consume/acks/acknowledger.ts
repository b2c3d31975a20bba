import type { Answer } from '../../../amqp/wire/index.js';
import type { AnswerName } from '../../../bridge/index.js';
import { AckPatience, type PatienceParts } from './ack-patience.js';
import { OpenTags } from './open-tags.js';
import { PostponedReleases } from './postponed-releases.js';

export interface AcknowledgerOptions extends Omit<PatienceParts, 'onOver'> {
  /** Throws when the channel is closing. */
  readonly write: (answers: readonly Answer[]) => void;
  /** Monotonic. */
  readonly nowMs?: () => number;
}

/** An answer this recent may cross the broker's news about its message. */
const CROSSING_MS = 1_000;

/**
 * Sends the answers of one channel, in one write per turn of the event loop: refusals first, then one `multiple` ack
 * for every tag with none open below it. Other acks wait a moment for the lower tags.
 *
 * `multiple` acks every outstanding tag up to the given one, so that one must be acked itself, with nothing open below
 * (https://www.rabbitmq.com/docs/confirms#consumer-acks-multiple-parameter).
 */
export class Acknowledger {
  private readonly write: (answers: readonly Answer[]) => void;
  private readonly nowMs: () => number;
  private readonly patience: AckPatience;
  private readonly unanswered = new OpenTags();
  /** Tags that the broker has taken back: they stay open and get no answer. */
  private readonly forgone = new Set<number>();
  private acks: number[] = [];
  private refusals: Answer[] = [];
  private highest = 0;
  private oldestAnsweredMs = Number.NEGATIVE_INFINITY;
  private scheduled = false;
  private isLast = false;
  private readonly releases = new PostponedReleases();
  private open = true;
  private whenDrained: (() => void) | undefined;
  private watched = new Set<number>();
  private whenSettled: (() => void) | undefined;

  constructor({ write, nowMs = () => performance.now(), ...parts }: AcknowledgerOptions) {
    this.write = write;
    this.nowMs = nowMs;
    this.patience = new AckPatience({ ...parts, onOver: () => this.endTurn() });
  }

  get isOpen(): boolean {
    return this.open;
  }

  get unansweredCount(): number {
    return this.unanswered.size;
  }

  /** Undefined if none, or if a lower one was answered within the last second. */
  get oldestOpen(): number | undefined {
    return this.nowMs() - this.oldestAnsweredMs < CROSSING_MS ? undefined : this.unanswered.lowest;
  }

  /** Releases may now wait for running deliveries, and acks need not wait. */
  cancelled(): void {
    this.isLast = true;
  }

  drained(callback: () => void): void {
    this.whenDrained = callback;
    this.tellDrained();
  }

  /** Calls back once, when each delivery open now is answered or forgone. */
  settled(callback: () => void): void {
    this.watched = new Set(this.unanswered.list().filter((tag) => !this.forgone.has(tag)));
    this.whenSettled = callback;
    this.tellSettled();
  }

  /** @throws RangeError when the tag is not higher than the last: a `multiple` ack would include unhandled messages */
  delivered(tag: number): void {
    if (tag <= this.highest) throw new RangeError(`tag ${tag} was delivered after tag ${this.highest}`);
    this.highest = tag;
    this.unanswered.add(tag);
  }

  /** A refusal goes out at the end of this turn, an ack a moment later at most. False: the channel has gone. */
  answer(tag: number, answer: Exclude<AnswerName, 'none'>): boolean {
    if (!this.open) return false;
    this.schedule();
    this.watched.delete(tag);
    if (answer === 'nackRequeue' && this.isLast && this.releases.postpones(tag)) return true;
    this.unanswered.remove(tag);
    if (answer === 'ack') {
      this.acks.push(tag);
      return true;
    }
    this.refusals.push({ tag, answer, multiple: false });
    return true;
  }

  /**
   * Never answers this tag. It stays open so that no `multiple` ack includes it: a late answer would make RabbitMQ
   * 4.3.6 deliver to the consumer that it cancelled.
   */
  forgo(tag: number): void {
    if (!this.open) return;
    this.forgone.add(tag);
    this.watched.delete(tag);
    this.schedule();
  }

  flush(): void {
    this.endTurn(false);
  }

  private endTurn(mayWait = !this.isLast): void {
    this.scheduled = false;
    if (!this.open) return;
    if (this.acks.length > 0 || this.refusals.length > 0) this.sendAnswers(mayWait);
    if (this.releases.waiting > 0 && this.releases.waiting === this.awaited) {
      this.unanswered.clear();
      this.forgone.clear();
      this.send([this.releases.take()]);
    }
    this.tellDrained();
    this.tellSettled();
  }

  private sendAnswers(mayWait: boolean): void {
    const { acks, refusals: answers } = this;
    this.refusals = [];
    const lowestOpen = this.unanswered.lowest ?? Number.POSITIVE_INFINITY;
    let top = 0;
    for (const tag of acks) if (tag < lowestOpen && tag > top) top = tag;
    if (top > 0 || answers.some(({ tag }) => tag < lowestOpen)) this.oldestAnsweredMs = this.nowMs();
    if (top > 0) answers.push({ tag: top, answer: 'ack', multiple: true });
    const alone = acks.filter((tag) => tag > top);
    if (alone.length > 0 && mayWait && this.patience.allows(alone.length, lowestOpen, this.unanswered.size)) {
      this.acks = alone;
    } else {
      this.acks = [];
      this.patience.end();
      for (const tag of alone) answers.push({ tag, answer: 'ack', multiple: false });
    }
    if (answers.length > 0) this.send(answers);
  }

  close(): void {
    this.open = false;
    this.acks = [];
    this.refusals = [];
    this.releases.clear();
    this.unanswered.clear();
    this.forgone.clear();
  }

  private get awaited(): number {
    return this.unanswered.size - this.forgone.size;
  }

  private tellSettled(): void {
    if (this.watched.size > 0) return;
    const { whenSettled } = this;
    this.whenSettled = undefined;
    whenSettled?.();
  }

  private tellDrained(): void {
    if (this.whenDrained === undefined || this.awaited > 0) return;
    if (this.acks.length > 0 || this.refusals.length > 0) return;
    this.whenDrained();
    this.whenDrained = undefined;
  }

  private schedule(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    setImmediate(() => this.endTurn());
  }

  private send(answers: readonly Answer[]): void {
    try {
      this.write(answers);
    } catch {
      // amqplib throws on a closing channel; the broker requeues everything.
      this.close();
    }
  }
}
