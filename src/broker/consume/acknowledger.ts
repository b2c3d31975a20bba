import type { Answer } from '../../amqp/wire/index.js';
import type { AnswerName } from '../../bridge/index.js';
import { AckPatience, type PatienceParts } from './ack-patience.js';
import { OpenTags } from './open-tags.js';
import { PostponedReleases } from './postponed-releases.js';

export interface AcknowledgerOptions extends Omit<PatienceParts, 'onOver'> {
  /** Sends answers on the channel; throws when it is closing. */
  readonly write: (answers: readonly Answer[]) => void;
  /** Milliseconds of a clock that only goes forward. */
  readonly nowMs?: () => number;
}

/** An answer that went out so lately may cross what the broker says of its message. */
const CROSSING_MS = 1_000;

/**
 * The answers of one channel. They wait for the end of the loop's turn and go out in one write: refusals first, then the acks,
 * as one `multiple` ack where every lower tag is settled, else one by one, and those a moment later: the lower tag may be
 * settled by then.
 *
 * `multiple` acks every outstanding tag up to the given one, so it may name only a tag that is to be acked itself, with
 * nothing open below (https://www.rabbitmq.com/docs/confirms#consumer-acks-multiple-parameter).
 */
export class Acknowledger {
  private readonly write: (answers: readonly Answer[]) => void;
  private readonly nowMs: () => number;
  private readonly patience: AckPatience;
  private readonly unanswered = new OpenTags();
  /** Of these, the ones that never get an answer: the broker has taken them back. */
  private readonly forgone = new Set<number>();
  private acks: number[] = [];
  private refusals: Answer[] = [];
  private highest = 0;
  /** When a tag was answered that was lower than all that are open. */
  private oldestAnsweredMs = Number.NEGATIVE_INFINITY;
  private scheduled = false;
  private isLast = false;
  /** Those that wait are still among the unanswered. */
  private readonly releases = new PostponedReleases();
  private open = true;
  private whenDrained: (() => void) | undefined;
  /** Deliveries that somebody waits for: see `settled`. */
  private watched = new Set<number>();
  private whenSettled: (() => void) | undefined;

  constructor({ write, nowMs = () => performance.now(), ...parts }: AcknowledgerOptions) {
    this.write = write;
    this.nowMs = nowMs;
    this.patience = new AckPatience({ ...parts, onOver: () => this.endTurn() });
  }

  /** False once the channel has gone. */
  get isOpen(): boolean {
    return this.open;
  }

  /** Deliveries that the broker waits for an answer to. */
  get unansweredCount(): number {
    return this.unanswered.size;
  }

  /** The lowest tag without an answer; undefined: there is none, or a lower one was answered a moment ago. */
  get oldestOpen(): number | undefined {
    return this.nowMs() - this.oldestAnsweredMs < CROSSING_MS ? undefined : this.unanswered.lowest;
  }

  /** No more is delivered: what is released from now on may wait for what runs, and acks do not wait any more. */
  cancelled(): void {
    this.isLast = true;
  }

  /** Calls back once, when every delivery that gets an answer has it on the wire. */
  drained(callback: () => void): void {
    this.whenDrained = callback;
    this.tellDrained();
  }

  /** Calls back once, when each delivery that is open now has its answer, or never gets one; more may have come meanwhile. */
  settled(callback: () => void): void {
    this.watched = new Set(this.unanswered.list().filter((tag) => !this.forgone.has(tag)));
    this.whenSettled = callback;
    this.tellSettled();
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

  /**
   * Sends an answer: a refusal at the end of this turn, an ack a moment later at the latest. False: the channel has gone,
   * nothing can be answered.
   */
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
   * Never answers this tag, and waits for it no more. It stays open, so that no `multiple` ack takes it in: to RabbitMQ 4.3.6 a
   * late answer is a sign of life, and the consumer that it has cancelled gets messages again.
   * @param tag one that has no answer yet
   */
  forgo(tag: number): void {
    if (!this.open) return;
    this.forgone.add(tag);
    this.watched.delete(tag);
    this.schedule();
  }

  /** Sends whatever waits. */
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

  /** The channel has gone: its tags mean nothing on any other. */
  close(): void {
    this.open = false;
    this.acks = [];
    this.refusals = [];
    this.releases.clear();
    this.unanswered.clear();
    this.forgone.clear();
  }

  /** Deliveries that will have an answer. */
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
      // amqplib throws on a channel that is closing: the broker takes everything back.
      this.close();
    }
  }
}
