import type { AnswerName } from '../../bridge/index.js';
import type { Delivery } from '../delivery.js';
import type { DeliveryFeed } from '../delivery-events.js';
import { ReturnedMessages } from '../failures/returned-messages.js';

/** This many returns are not held: most messages that fail do so once or twice. */
const FREE_RETURNS = 2;
const FIRST_MS = 10;
const LONGEST_MS = 1_000;
/** The part of a wait by which it may be shorter: messages that failed together should not come back together. */
const JITTER = 0.2;

export interface ReturnBrakeOptions {
  readonly feed: DeliveryFeed;
  /** Milliseconds of a clock that only goes forward. */
  readonly nowMs: () => number;
  readonly random: () => number;
  /** A delivery is held no longer. */
  readonly onReleased: () => void;
}

interface Held {
  readonly timer: NodeJS.Timeout;
  readonly goOn: () => void;
}

/**
 * Slows down messages that are given back again and again, which would go round as fast as the machine can. The first two
 * returns go at once, then a message is held 10 ms, 20 ms, 40 ms …, up to a second. What it took since it was delivered counts:
 * a consumer that takes a second to fail is not slowed down. A held message keeps its place in the prefetch, but no slot:
 * others run meanwhile. A stream redelivers nothing, so nothing of it is held.
 */
export class ReturnBrake {
  private readonly options: ReturnBrakeOptions;
  private readonly returned: ReturnedMessages;
  private readonly held = new Map<Delivery, Held>();
  private stopped = false;

  constructor(options: ReturnBrakeOptions) {
    this.options = options;
    this.returned = new ReturnedMessages(options.nowMs);
  }

  /** How many are held. */
  get size(): number {
    return this.held.size;
  }

  /** Sends an answer that brings the message back, now or when its time has come. */
  giveBack(delivery: Delivery, answer: Extract<AnswerName, 'nackRequeue' | 'rejectRequeue'>): void {
    this.hold(delivery, () => delivery.settle(answer));
  }

  /** Goes on, now or when its time has come, with what brings the message back. */
  hold(delivery: Delivery, goOn: () => void): void {
    if (delivery.state !== 'handed') return;
    const waitMs = this.stopped ? 0 : this.waitMs(delivery);
    if (waitMs <= 0) return goOn();
    const timer = setTimeout(() => this.release(delivery), waitMs);
    timer.unref();
    delivery.state = 'held';
    this.held.set(delivery, { timer, goOn });
    this.options.feed.held.emit({ delivery, waitMs });
  }

  /** The message was acked, or dropped: it will not come back. */
  forget(delivery: Delivery): void {
    this.returned.forget(delivery.message);
  }

  /** The broker has taken these back already. */
  lose(isGone: (delivery: Delivery) => boolean, reason: string): void {
    for (const [delivery, { timer }] of this.held) {
      if (!isGone(delivery)) continue;
      clearTimeout(timer);
      this.held.delete(delivery);
      delivery.lose(reason);
    }
  }

  /** Nothing is held any more. */
  stop(): void {
    this.stopped = true;
    for (const delivery of this.held.keys()) this.release(delivery);
  }

  private release(delivery: Delivery): void {
    const held = this.held.get(delivery);
    if (held === undefined) return;
    clearTimeout(held.timer);
    this.held.delete(delivery);
    if (delivery.state === 'held') {
      delivery.state = 'handed';
      held.goOn();
    }
    this.options.onReleased();
  }

  private waitMs({ message, receivedAtMs }: Delivery): number {
    const times = this.returned.note(message);
    if (times <= FREE_RETURNS) return 0;
    const bound = Math.min(LONGEST_MS, FIRST_MS * 2 ** (times - FREE_RETURNS - 1));
    const tookMs = this.options.nowMs() - receivedAtMs;
    return Math.ceil(bound * (1 - JITTER * this.options.random()) - tookMs);
  }
}
