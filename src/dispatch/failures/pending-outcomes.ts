import { setMaxListeners } from 'node:events';
import type { ReceivedMessage } from '../../amqp/index.js';
import type { Epoch } from '../../broker/index.js';
import { ANSWER_OF, type Failure, type FailureOutcome, REQUEUED } from '../../failures/index.js';
import type { Delivery } from '../delivery.js';
import type { DeliveryFeed } from '../delivery-events.js';
import type { ReturnDelays } from '../limits/return-delays.js';

/** Awaits the confirmed copy. Never rejects; returns soon after `over` aborts. */
export type OutcomeOf = (
  message: ReceivedMessage,
  failure: Failure,
  over: AbortSignal,
) => FailureOutcome | Promise<FailureOutcome>;

/** Keeps the broker from dropping a message that returns too often. */
export interface ReturnLimit {
  /** True if a copy must replace it before it runs. */
  needsRenewal(message: ReceivedMessage): boolean;
  /** True if this return would drop it. */
  isLast(message: ReceivedMessage, how: 'rejectRequeue' | 'nackRequeue'): boolean;
  /** True if it has had all its deliveries, and this return counts. */
  isSpent(message: ReceivedMessage, how: 'rejectRequeue' | 'nackRequeue'): boolean;
  /** Never rejects. */
  renew(message: ReceivedMessage, over: AbortSignal): Promise<FailureOutcome>;
  /** Dead-letters it. Never rejects. */
  end(message: ReceivedMessage, error: Error, over: AbortSignal): Promise<FailureOutcome>;
}

export interface PendingOutcomesOptions {
  readonly delays: ReturnDelays;
  readonly feed: DeliveryFeed;
  /** Undefined: requeue what fails. */
  readonly outcomeOf: OutcomeOf | undefined;
  readonly returns: ReturnLimit | undefined;
  readonly onSettled: () => void;
}

/** Deliveries that failed, or that the broker would drop, until their outcome is known. */
export class PendingOutcomes {
  private readonly options: PendingOutcomesOptions;
  private readonly open = new Set<Delivery>();
  private readonly ends = new WeakMap<Epoch, AbortController>();
  private stopped = false;

  constructor(options: PendingOutcomesOptions) {
    this.options = options;
  }

  get size(): number {
    return this.open.size;
  }

  has(delivery: Delivery): boolean {
    return this.open.has(delivery);
  }

  decide(delivery: Delivery, failure: Failure): void {
    if (!this.accepts(delivery)) return;
    // Its copy would be back at once.
    if (asksForNow(failure)) this.options.delays.hold(delivery, () => this.askPolicy(delivery, failure));
    else this.askPolicy(delivery, failure);
  }

  accepts(delivery: Delivery): boolean {
    return delivery.state === 'handed' && !this.has(delivery);
  }

  private askPolicy(delivery: Delivery, failure: Failure): void {
    const outcome = this.options.outcomeOf?.(delivery.message, failure, this.endOf(delivery.epoch).signal) ?? REQUEUED;
    if (outcome instanceof Promise) void this.wait(delivery, outcome, () => this.conclude(delivery, REQUEUED));
    else this.conclude(delivery, outcome);
  }

  /** @param otherwise called when no copy can be made and the channel is open */
  replace(delivery: Delivery, outcomeOf: (over: AbortSignal) => Promise<FailureOutcome>, otherwise: () => void): void {
    void this.wait(delivery, outcomeOf(this.endOf(delivery.epoch).signal), otherwise);
  }

  end(epoch: Epoch, reason: string): void {
    this.ends.get(epoch)?.abort();
    this.lose((delivery) => delivery.epoch === epoch, reason);
  }

  lose(isGone: (delivery: Delivery) => boolean, reason: string): void {
    for (const delivery of this.open) {
      if (!isGone(delivery)) continue;
      this.open.delete(delivery);
      delivery.lose(reason);
    }
  }

  stop(): void {
    this.stopped = true;
    for (const { epoch } of this.open) this.ends.get(epoch)?.abort();
  }

  private endOf(epoch: Epoch): AbortController {
    const known = this.ends.get(epoch);
    if (known !== undefined) return known;
    const end = new AbortController();
    setMaxListeners(0, end.signal); // one listener per message
    if (this.stopped) end.abort();
    this.ends.set(epoch, end);
    return end;
  }

  private async wait(delivery: Delivery, outcome: Promise<FailureOutcome>, otherwise: () => void): Promise<void> {
    this.open.add(delivery);
    // The copy needs these bytes even if the channel closes.
    delivery.message.hold();
    const known = await outcome;
    const isHere = this.open.delete(delivery);
    if (known.kind !== 'requeued') this.conclude(delivery, known);
    // Lost meanwhile, without a copy.
    else if (isHere) otherwise();
    delivery.message.release();
    this.options.onSettled();
  }

  private conclude(delivery: Delivery, outcome: FailureOutcome): void {
    const { delays, feed, returns } = this.options;
    feed.concluded.emit({ delivery, outcome });
    if (outcome.kind !== 'requeued') return delivery.settle(ANSWER_OF[outcome.kind]);
    // RabbitMQ 4.3 takes nacked messages back, however often.
    const isDropped = returns?.isLast(delivery.message, 'rejectRequeue') === true;
    delays.giveBack(delivery, isDropped ? 'nackRequeue' : ANSWER_OF.requeued);
  }
}

function asksForNow({ decision }: Failure): boolean {
  return decision?.type === 'retry' && decision.delayMs === 0;
}
