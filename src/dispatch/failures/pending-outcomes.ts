import { setMaxListeners } from 'node:events';
import type { ReceivedMessage } from '../../amqp/index.js';
import type { Epoch } from '../../broker/index.js';
import { ANSWER_OF, type Failure, type FailureOutcome, REQUEUED } from '../../failures/index.js';
import type { Delivery } from '../delivery.js';
import type { DeliveryFeed } from '../delivery-events.js';
import type { ReturnBrake } from '../limits/return-brake.js';

/**
 * Decides what becomes of a failed message, and answers only once the copy, if there is one, is confirmed. Never rejects; answers soon when the
 * signal aborts.
 */
export type OutcomeOf = (
  message: ReceivedMessage,
  failure: Failure,
  over: AbortSignal,
) => FailureOutcome | Promise<FailureOutcome>;

/** Keeps the broker from dropping a message that comes back too often. */
export interface ReturnLimit {
  /** True for a message that must not run before a copy has taken its place. */
  needsRenewal(message: ReceivedMessage): boolean;
  /** True when the broker would drop the message at this return. */
  isLast(message: ReceivedMessage, how: 'rejectRequeue' | 'nackRequeue'): boolean;
  /** True when the message has been delivered as often as it may, and this return would count. */
  isSpent(message: ReceivedMessage, how: 'rejectRequeue' | 'nackRequeue'): boolean;
  /** Puts a copy in its place, or tells that it could not. Never rejects. */
  renew(message: ReceivedMessage, over: AbortSignal): Promise<FailureOutcome>;
  /** Moves it to the dead, or tells that it could not. Never rejects. */
  end(message: ReceivedMessage, error: Error, over: AbortSignal): Promise<FailureOutcome>;
}

export interface PendingOutcomesOptions {
  readonly brake: ReturnBrake;
  readonly feed: DeliveryFeed;
  /** Absent: what fails goes back to its queue. */
  readonly outcomeOf: OutcomeOf | undefined;
  /** Absent: the broker takes everything back. */
  readonly returns: ReturnLimit | undefined;
  readonly onSettled: () => void;
}

/**
 * Deliveries that failed or would be dropped by the broker, until it is known what has become of them: most are at once, others
 * wait for their copy.
 */
export class PendingOutcomes {
  private readonly options: PendingOutcomesOptions;
  private readonly open = new Set<Delivery>();
  /** Aborted when an epoch has gone, or the daemon stops. */
  private readonly ends = new WeakMap<Epoch, AbortController>();
  private stopped = false;

  constructor(options: PendingOutcomesOptions) {
    this.options = options;
  }

  /** How many wait for their copy. */
  get size(): number {
    return this.open.size;
  }

  has(delivery: Delivery): boolean {
    return this.open.has(delivery);
  }

  take(delivery: Delivery, failure: Failure): void {
    if (!this.takes(delivery)) return;
    // Its copy would be back at once, and again: held before it is made.
    if (asksForNow(failure)) this.options.brake.hold(delivery, () => this.askPolicy(delivery, failure));
    else this.askPolicy(delivery, failure);
  }

  /** False: answered before it failed, lost with its channel, or failed before its batch did. It is not ours to decide. */
  takes(delivery: Delivery): boolean {
    return delivery.state === 'handed' && !this.has(delivery);
  }

  private askPolicy(delivery: Delivery, failure: Failure): void {
    const outcome = this.options.outcomeOf?.(delivery.message, failure, this.endOf(delivery.epoch).signal) ?? REQUEUED;
    if (outcome instanceof Promise) void this.wait(delivery, outcome, () => this.conclude(delivery, REQUEUED));
    else this.conclude(delivery, outcome);
  }

  /**
   * Puts a copy in the place of a delivery, or moves it to the dead.
   * @param otherwise called when neither can be done and the channel still stands
   */
  replace(delivery: Delivery, outcomeOf: (over: AbortSignal) => Promise<FailureOutcome>, otherwise: () => void): void {
    void this.wait(delivery, outcomeOf(this.endOf(delivery.epoch).signal), otherwise);
  }

  /** The channel has gone: nothing can be answered there, and nobody needs to wait for it. */
  end(epoch: Epoch, reason: string): void {
    this.ends.get(epoch)?.abort();
    this.lose((delivery) => delivery.epoch === epoch, reason);
  }

  /** The broker has taken these back. */
  lose(isGone: (delivery: Delivery) => boolean, reason: string): void {
    for (const delivery of this.open) {
      if (!isGone(delivery)) continue;
      this.open.delete(delivery);
      delivery.lose(reason);
    }
  }

  /** Copies that are on their way are waited for; one that the broker refused is not tried again. */
  stop(): void {
    this.stopped = true;
    for (const { epoch } of this.open) this.ends.get(epoch)?.abort();
  }

  private endOf(epoch: Epoch): AbortController {
    const known = this.ends.get(epoch);
    if (known !== undefined) return known;
    const end = new AbortController();
    setMaxListeners(0, end.signal); // one for each message that is kept
    if (this.stopped) end.abort();
    this.ends.set(epoch, end);
    return end;
  }

  private async wait(delivery: Delivery, outcome: Promise<FailureOutcome>, otherwise: () => void): Promise<void> {
    this.open.add(delivery);
    // Its channel may go while the copy is on its way: what is copied must stay.
    delivery.message.hold();
    const known = await outcome;
    const isHere = this.open.delete(delivery);
    if (known.kind !== 'requeued') this.conclude(delivery, known);
    // Else it was lost meanwhile, and there is no copy of it: nothing is to be concluded.
    else if (isHere) otherwise();
    delivery.message.release();
    this.options.onSettled();
  }

  private conclude(delivery: Delivery, outcome: FailureOutcome): void {
    const { brake, feed, returns } = this.options;
    feed.concluded.emit({ delivery, outcome });
    if (outcome.kind !== 'requeued') return delivery.settle(ANSWER_OF[outcome.kind]);
    // No copy could be made. The newest brokers take back what is nacked, however often.
    const isDropped = returns?.isLast(delivery.message, 'rejectRequeue') === true;
    brake.giveBack(delivery, isDropped ? 'nackRequeue' : ANSWER_OF.requeued);
  }
}

function asksForNow({ decision }: Failure): boolean {
  return decision?.type === 'retry' && decision.delayMs === 0;
}
