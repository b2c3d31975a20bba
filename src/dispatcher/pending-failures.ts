import type { Epoch } from '../broker/index.js';
import { ANSWERS, type Failure, type Fate, REQUEUED } from '../failures/index.js';
import type { ReceivedMessage } from '../protocol/index.js';
import type { Delivery } from './delivery.js';
import type { DeliveryFeed } from './delivery-events.js';
import type { Settlement } from './settlement.js';

/** Decides what becomes of a message that failed, and has made sure of it when it answers. Never rejects. */
export type Judge = (message: ReceivedMessage, failure: Failure) => Fate | Promise<Fate>;

export interface PendingFailuresOptions {
  readonly settlement: Settlement;
  readonly feed: DeliveryFeed;
  /** Absent: what fails goes back to its queue. */
  readonly judge: Judge | undefined;
  readonly onSettled: () => void;
}

/** Deliveries that failed, until it is known what has become of them: most are at once, others wait for their copy. */
export class PendingFailures {
  private readonly options: PendingFailuresOptions;
  private readonly open = new Set<Delivery>();

  constructor(options: PendingFailuresOptions) {
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
    // Answered before it failed, lost with its channel, or failed before its batch did: it is not ours to decide any more.
    if (delivery.state === 'settled' || delivery.state === 'lost' || this.has(delivery)) return;
    const fate = this.options.judge?.(delivery.message, failure) ?? REQUEUED;
    if (fate instanceof Promise) void this.wait(delivery, fate);
    else this.conclude(delivery, fate);
  }

  /** The channel has gone: nothing can be answered there, and nobody needs to wait for it. */
  lose(epoch: Epoch, reason: string): void {
    for (const delivery of this.open) {
      if (delivery.epoch !== epoch) continue;
      this.open.delete(delivery);
      this.options.settlement.lose(delivery, reason);
    }
  }

  private async wait(delivery: Delivery, fate: Promise<Fate>): Promise<void> {
    this.open.add(delivery);
    // Its channel may go while the copy is on its way: what is copied must stay.
    delivery.message.hold();
    const decided = await fate;
    delivery.message.release();
    this.open.delete(delivery);
    this.conclude(delivery, decided);
    this.options.onSettled();
  }

  private conclude(delivery: Delivery, fate: Fate): void {
    const { settlement, feed } = this.options;
    feed.judged.emit({ delivery, fate });
    settlement.settle(delivery, ANSWERS[fate.kind]);
  }
}
