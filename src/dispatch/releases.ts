import { DeliveryError, DispatcherError } from '../errors/index.js';
import type { Delivery } from './delivery.js';
import type { DeliveryFeed } from './delivery-events.js';
import type { PendingOutcomes, ReturnLimit } from './failures/pending-outcomes.js';
import type { ReturnDelays } from './limits/return-delays.js';

const SAID = { rejectRequeue: 'reject({ requeue: true })', nackRequeue: 'nack({ requeue: true })' } as const;

export interface ReleasesOptions {
  readonly feed: DeliveryFeed;
  readonly returns: ReturnLimit | undefined;
  readonly pending: PendingOutcomes;
  readonly delays: ReturnDelays;
}

/** Requeues deliveries, by a copy if the broker would drop the message. */
export class Releases {
  private readonly options: ReleasesOptions;

  constructor(options: ReleasesOptions) {
    this.options = options;
  }

  release(delivery: Delivery, reason: string, hasBegun = false): void {
    const { feed, returns } = this.options;
    feed.released.emit({ delivery, reason, hasBegun });
    // Since RabbitMQ 4.3 a nack does not count towards the delivery limit.
    const nack = (): void => delivery.settle('nackRequeue');
    if (returns?.isLast(delivery.message, 'nackRequeue') !== true) nack();
    else this.renew(delivery, returns, nack);
  }

  /** @param otherwise called when no copy can be made and the channel is still open */
  renew(delivery: Delivery, returns: ReturnLimit, otherwise: () => void): void {
    this.options.pending.replace(delivery, (over) => returns.renew(delivery.message, over), otherwise);
  }

  giveBack(delivery: Delivery, answer: 'rejectRequeue' | 'nackRequeue'): void {
    const { returns, pending, delays } = this.options;
    const settle = (): void => delays.giveBack(delivery, answer);
    if (returns?.isSpent(delivery.message, answer) !== true) return settle();
    const error = new DeliveryError(
      'DELIVERY_LIMIT',
      `its consumer answered ${SAID[answer]}, once more than the broker allows`,
    );
    pending.replace(delivery, (over) => returns.end(delivery.message, error, over), settle);
  }
}

/** True if the thread was terminated over one message, so the others on it are innocent. */
export function endsOneMessage(cause: Error): boolean {
  return cause instanceof DispatcherError && (cause.code === 'DELIVERY_TIMEOUT' || isAbort(cause));
}

/** Why the messages beside that one are released. */
export function neighbourReason(cause: Error): string {
  const fate = isAbort(cause) ? 'was aborted by an operator' : 'outlasted timeout.hard';
  return `its thread was terminated because another message ${fate}`;
}

function isAbort(cause: Error): boolean {
  return cause instanceof DispatcherError && cause.code === 'DELIVERY_ABORTED';
}
