import { DeliveryError } from '../errors/index.js';
import type { Delivery } from './delivery.js';
import type { DeliveryFeed } from './delivery-events.js';
import type { PendingOutcomes, ReturnLimit } from './failures/pending-outcomes.js';
import type { ReturnBrake } from './limits/return-brake.js';

/** The answers as a consumer gives them. */
const SAID = { rejectRequeue: 'reject({ requeue: true })', nackRequeue: 'nack({ requeue: true })' } as const;

export interface ReleasesOptions {
  readonly feed: DeliveryFeed;
  /** Absent: the broker takes everything back. */
  readonly returns: ReturnLimit | undefined;
  readonly pending: PendingOutcomes;
  readonly brake: ReturnBrake;
}

/** Gives deliveries back to their queue; where the broker would drop the message for that, a copy goes in its place. */
export class Releases {
  private readonly options: ReleasesOptions;

  constructor(options: ReleasesOptions) {
    this.options = options;
  }

  /** Gives back what has not begun, or what is innocent of its end. */
  release(delivery: Delivery, reason: string, hasBegun = false): void {
    const { feed, returns } = this.options;
    feed.released.emit({ delivery, reason, hasBegun });
    // A release, which is no failure of the message: since RabbitMQ 4.3 a nack does not count towards the delivery limit.
    const nack = (): void => delivery.settle('nackRequeue');
    if (returns?.isLast(delivery.message, 'nackRequeue') !== true) nack();
    else this.renew(delivery, returns, nack);
  }

  /** Puts a copy in its place. @param otherwise called when that cannot be done and the channel still stands */
  renew(delivery: Delivery, returns: ReturnLimit, otherwise: () => void): void {
    this.options.pending.replace(delivery, (over) => returns.renew(delivery.message, over), otherwise);
  }

  /** Its consumer wants it again: as often as the broker would deliver it, and then it is dead. */
  giveBack(delivery: Delivery, answer: 'rejectRequeue' | 'nackRequeue'): void {
    const { returns, pending, brake } = this.options;
    const settle = (): void => brake.giveBack(delivery, answer);
    if (returns?.isSpent(delivery.message, answer) !== true) return settle();
    const error = new DeliveryError(
      'DELIVERY_LIMIT',
      `its consumer answered ${SAID[answer]}, once more than the broker allows`,
    );
    pending.replace(delivery, (over) => returns.end(delivery.message, error, over), settle);
  }
}
