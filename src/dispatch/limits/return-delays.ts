import type { AnswerName } from '../../bridge/index.js';
import type { Delivery } from '../delivery.js';
import type { DeliveryFeed } from '../delivery-events.js';
import { ReturnedMessages } from '../failures/returned-messages.js';

/** Most messages that fail do so once or twice. */
const FREE_RETURNS = 2;
const FIRST_MS = 10;
const LONGEST_MS = 1_000;
/** Spreads messages that failed together. */
const JITTER = 0.2;

export interface ReturnDelaysOptions {
  readonly feed: DeliveryFeed;
  /** Monotonic. */
  readonly nowMs: () => number;
  readonly random: () => number;
  readonly onReleased: () => void;
}

interface Held {
  readonly timer: NodeJS.Timeout;
  readonly goOn: () => void;
}

/**
 * Slows down messages that keep coming back. Two returns go at once, then a message is held 10 ms, 20 ms, 40 ms …, up
 * to a second, less the time that it took. A held message counts in the prefetch, but occupies no slot.
 */
export class ReturnDelays {
  private readonly options: ReturnDelaysOptions;
  private readonly returned: ReturnedMessages;
  private readonly held = new Map<Delivery, Held>();
  private stopped = false;

  constructor(options: ReturnDelaysOptions) {
    this.options = options;
    this.returned = new ReturnedMessages(options.nowMs);
  }

  get size(): number {
    return this.held.size;
  }

  giveBack(delivery: Delivery, answer: Extract<AnswerName, 'nackRequeue' | 'rejectRequeue'>): void {
    this.hold(delivery, () => delivery.settle(answer));
  }

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

  forget(delivery: Delivery): void {
    this.returned.forget(delivery.message);
  }

  lose(isGone: (delivery: Delivery) => boolean, reason: string): void {
    for (const [delivery, { timer }] of this.held) {
      if (!isGone(delivery)) continue;
      clearTimeout(timer);
      this.held.delete(delivery);
      delivery.lose(reason);
    }
  }

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
