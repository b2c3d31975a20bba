import type { Orphan } from '../../threads/index.js';
import { ArrivalOrder } from '../backlog/arrival-order.js';
import type { Backlog, BacklogPorts } from '../backlog/backlog.js';
import { Batches, type BatchRule } from '../backlog/batches.js';
import { KeyOrder } from '../backlog/key-order.js';
import type { KeyReader } from '../backlog/partition-key.js';
import type { Delivery, Slot } from '../delivery.js';
import type { DeliveryFeed } from '../delivery-events.js';
import type { RateLimit } from '../limits/rate-limit.js';
import type { TimeoutWatch } from '../limits/timeout-watch.js';
import { SlotRescue } from './slot-rescue.js';

export interface SlotAssignerOptions {
  readonly slots: readonly Slot[];
  readonly feed: DeliveryFeed;
  /** Monotonic. */
  readonly nowMs: () => number;
  readonly keyOf?: KeyReader | undefined;
  /** A stream redelivers nothing. */
  readonly isStream?: boolean;
  readonly rateLimit?: RateLimit | undefined;
  /** Absent: one message at a time. */
  readonly batch?: BatchRule | undefined;
  /** Absent: no time limits. */
  readonly timeouts?: Pick<TimeoutWatch, 'watch' | 'isCulprit'>;
}

/**
 * Assigns an entry's deliveries to its slots. An idle slot takes from the busiest, and others take what a blocked one
 * holds back.
 */
export class SlotAssigner {
  private readonly options: SlotAssignerOptions;
  private readonly slots: readonly Slot[];
  private readonly rescue: SlotRescue;
  private readonly backlog: Backlog;
  private rateLimit: RateLimit | undefined;
  private nextToken: NodeJS.Timeout | undefined;

  constructor(options: SlotAssignerOptions) {
    const { slots, keyOf, batch, nowMs } = options;
    this.options = options;
    this.slots = slots;
    this.rateLimit = options.rateLimit;
    this.rescue = new SlotRescue({ slots, takeOver: (slot) => this.takeOver(slot) });
    const ports: BacklogPorts = {
      slots,
      leastBusy: () => this.leastBusy(),
      offer: (delivery, slot) => this.offer(delivery, slot),
      isAllowed: (delivery) => this.isAllowed(delivery),
    };
    if (batch !== undefined) this.backlog = new Batches(ports, batch, nowMs);
    else this.backlog = keyOf === undefined ? new ArrivalOrder(ports) : new KeyOrder(ports, keyOf);
  }

  get isLimited(): boolean {
    return this.rateLimit !== undefined;
  }

  /** Applies to all that has not begun. */
  limit(rateLimit: RateLimit | undefined): void {
    const unbegun = this.forgetUnbegun(() => true);
    clearTimeout(this.nextToken);
    this.nextToken = undefined;
    this.rateLimit = rateLimit;
    for (const delivery of unbegun) {
      delivery.isAllowed = rateLimit === undefined;
      this.add(delivery);
    }
  }

  get wantsDeliveries(): boolean {
    return this.backlog.isEmpty && this.slots.some(({ isIdle }) => isIdle);
  }

  get handed(): number {
    return this.slots.reduce((sum, slot) => sum + slot.handed.length, 0);
  }

  add(delivery: Delivery): void {
    this.backlog.add(delivery);
  }

  hand(): void {
    this.backlog.hand();
  }

  refill(slot: Slot): void {
    if (slot.isUp && slot.handed.length === 0) this.takeFromOther(slot);
    this.hand();
  }

  takeBack(slot: Slot, meant: readonly Delivery[] = [...slot.handed]): void {
    const taken: Delivery[] = [];
    for (const delivery of meant.toReversed()) {
      if (!slot.revoke(delivery)) break;
      taken.push(delivery);
    }
    this.putBack(slot, taken.toReversed());
  }

  /**
   * The thread died; returns what waits again. By key, that is all that no consumer has seen: requeued, it would come
   * behind the next of its key. Streams redeliver nothing, so theirs waits, too.
   */
  threadDied(slot: Slot, orphans: readonly Orphan<Delivery>[], again: readonly Delivery[] = []): ReadonlySet<Delivery> {
    const { keyOf, isStream = false } = this.options;
    const unseen = orphans.flatMap(({ delivery, isUnseen }) => (isUnseen ? [delivery] : []));
    const kept = new Set([...again, ...(keyOf !== undefined || isStream ? unseen : [])]);
    const all = slot.handed.take();
    slot.stalled = false;
    for (const delivery of all) if (!kept.has(delivery)) this.backlog.left(delivery);
    this.putBack(
      slot,
      all.filter((delivery) => kept.has(delivery)),
    );
    return kept;
  }

  takeFrom(delivery: Delivery): Slot | undefined {
    const { slot } = delivery;
    if (slot?.handed.remove(delivery) !== true) return undefined;
    slot.stalled = false;
    this.backlog.left(delivery);
    return slot;
  }

  forget(isMeant: (delivery: Delivery) => boolean): readonly Delivery[] {
    return this.backlog.remove(isMeant);
  }

  forgetUnbegun(isMeant: (delivery: Delivery) => boolean): readonly Delivery[] {
    for (const slot of this.slots) this.takeBack(slot);
    return this.forget(isMeant);
  }

  stop(): readonly Delivery[] {
    clearTimeout(this.nextToken);
    return this.forgetUnbegun(() => true);
  }

  private leastBusy(): Slot | undefined {
    let best: Slot | undefined;
    let least = Number.POSITIVE_INFINITY;
    for (const slot of this.slots) {
      if (!slot.isUp || slot.stalled || slot.handed.length >= least) continue;
      if (slot.handed.length === 0) return slot;
      if (slot.handed.length >= slot.window.size) continue;
      best = slot;
      least = slot.handed.length;
    }
    return best;
  }

  private takeFromOther(idle: Slot): void {
    const spare = this.backlog.spare === undefined ? this.spareOfBusiest(idle) : this.backlog.spare(idle);
    const slot = spare[0]?.slot;
    if (slot === undefined) return;
    slot.stalled = true;
    this.takeBack(slot, spare);
  }

  private spareOfBusiest(idle: Slot): readonly Delivery[] {
    const busiest = this.backlog.isEmpty ? this.busiestBeside(idle) : undefined;
    return busiest === undefined ? [] : [...busiest.handed].slice(-Math.ceil((busiest.handed.length - 1) / 2));
  }

  private busiestBeside(idle: Slot): Slot | undefined {
    let busiest: Slot | undefined;
    for (const slot of this.slots) {
      if (slot !== idle && slot.handed.length > Math.max(1, busiest?.handed.length ?? 0)) busiest = slot;
    }
    return busiest;
  }

  private putBack(slot: Slot, deliveries: readonly Delivery[]): void {
    if (deliveries.length === 0) return;
    for (const delivery of deliveries) {
      delivery.slot = undefined;
      delivery.state = 'waiting';
      this.backlog.left(delivery);
      this.options.feed.revoked.emit({ delivery, slot });
    }
    this.backlog.putBack(deliveries);
  }

  private takeOver(slot: Slot): void {
    slot.stalled = true;
    this.takeBack(slot);
    this.hand();
  }

  private offer(delivery: Delivery, slot: Slot): void {
    const { feed, timeouts, nowMs } = this.options;
    slot.take(delivery, nowMs());
    feed.offered.emit({ delivery, slot });
    timeouts?.watch();
    this.rescue.watch();
  }

  /** Without a token, `hand` is called when the next is due. */
  private isAllowed(delivery: Delivery): boolean {
    const { rateLimit } = this;
    if (delivery.isAllowed || rateLimit === undefined) return true;
    delivery.isAllowed = rateLimit.take();
    if (!delivery.isAllowed) {
      this.nextToken ??= setTimeout(() => {
        this.nextToken = undefined;
        this.hand();
      }, rateLimit.waitMs);
    }
    return delivery.isAllowed;
  }
}
