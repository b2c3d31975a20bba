import { setMaxListeners } from 'node:events';
import type { Epoch } from '../broker/index.js';
import { ANSWERS, type Failure, type Fate, REQUEUED } from '../failures/index.js';
import type { ReceivedMessage } from '../protocol/index.js';
import type { Delivery } from './delivery.js';
import type { DeliveryFeed } from './delivery-events.js';
import type { Settlement } from './settlement.js';

/**
 * Decides what becomes of a message that failed, and has made sure of it when it answers. Never rejects; answers soon when the
 * signal aborts.
 */
export type Judge = (message: ReceivedMessage, failure: Failure, over: AbortSignal) => Fate | Promise<Fate>;

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
  /** Aborted when an epoch has gone, or the daemon stops. */
  private readonly ends = new WeakMap<Epoch, AbortController>();
  private stopped = false;

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
    const fate = this.options.judge?.(delivery.message, failure, this.endOf(delivery.epoch).signal) ?? REQUEUED;
    if (fate instanceof Promise) void this.wait(delivery, fate);
    else this.conclude(delivery, fate);
  }

  /** The channel has gone: nothing can be answered there, and nobody needs to wait for it. */
  lose(epoch: Epoch, reason: string): void {
    this.ends.get(epoch)?.abort();
    for (const delivery of this.open) {
      if (delivery.epoch !== epoch) continue;
      this.open.delete(delivery);
      this.options.settlement.lose(delivery, reason);
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

  private async wait(delivery: Delivery, fate: Promise<Fate>): Promise<void> {
    this.open.add(delivery);
    // Its channel may go while the copy is on its way: what is copied must stay.
    delivery.message.hold();
    const decided = await fate;
    delivery.message.release();
    // Lost meanwhile, and no copy of it: there is nothing to conclude.
    if (!this.open.delete(delivery) && decided.kind === 'requeued') return;
    this.conclude(delivery, decided);
    this.options.onSettled();
  }

  private conclude(delivery: Delivery, fate: Fate): void {
    const { settlement, feed } = this.options;
    feed.judged.emit({ delivery, fate });
    settlement.settle(delivery, ANSWERS[fate.kind]);
  }
}
