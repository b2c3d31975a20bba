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
  /** Milliseconds of a clock that only goes forward. */
  readonly nowMs: () => number;
  /** What deliveries are kept in order by; absent: any may run beside any. */
  readonly keyOf?: KeyReader | undefined;
  /** A stream delivers nothing again. */
  readonly isStream?: boolean;
  /** Absent: as many as come may begin. */
  readonly rateLimit?: RateLimit | undefined;
  /** Absent: a consumer is called with one message at a time. */
  readonly batch?: BatchRule | undefined;
  /** Absent: a consumer may run for as long as it likes. */
  readonly timeouts?: Pick<TimeoutWatch, 'watch' | 'isCulprit'>;
}

/**
 * Assigns the deliveries of one entry to its slots, by the rule of its backlog. What is handed over and has not begun can be
 * taken back: a slot that runs dry takes from the busiest one, and what a blocked slot holds back goes to the others.
 */
export class SlotAssigner {
  private readonly options: SlotAssignerOptions;
  private readonly slots: readonly Slot[];
  private readonly rescue: SlotRescue;
  private readonly backlog: Backlog;
  private nextToken: NodeJS.Timeout | undefined;

  constructor(options: SlotAssignerOptions) {
    const { slots, keyOf, batch, nowMs } = options;
    this.options = options;
    this.slots = slots;
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

  /** True while a delivery that came now would begin at once. */
  get wantsDeliveries(): boolean {
    return this.backlog.isEmpty && this.slots.some(({ isIdle }) => isIdle);
  }

  /** How many deliveries are with threads. */
  get handed(): number {
    return this.slots.reduce((sum, slot) => sum + slot.handed.length, 0);
  }

  add(delivery: Delivery): void {
    this.backlog.add(delivery);
  }

  /** Hands over what waits and may go now. */
  hand(): void {
    this.backlog.hand();
  }

  /** The slot has room: from those that wait, else of what another slot has not begun. */
  refill(slot: Slot): void {
    if (slot.isUp && slot.handed.length === 0) this.takeFromOther(slot);
    this.hand();
  }

  /** What the slot has not begun of these goes in front of those that wait. */
  takeBack(slot: Slot, meant: readonly Delivery[] = [...slot.handed]): void {
    const taken: Delivery[] = [];
    for (const delivery of meant.toReversed()) {
      if (!slot.revoke(delivery)) break;
      taken.push(delivery);
    }
    this.putBack(slot, taken.toReversed());
  }

  /**
   * Nothing is with the slot any more: its thread died. Tells which deliveries wait again. By keys, all do that no consumer has
   * seen: given back to the broker, they would come behind the next of their key, which may be here already. Nor are those of a
   * stream given back: no consumer would ever see them.
   * @param again deliveries that wait again though a consumer has seen them
   */
  abandon(slot: Slot, orphans: readonly Orphan<Delivery>[], again: readonly Delivery[] = []): ReadonlySet<Delivery> {
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

  /** A delivery has left its slot. */
  takeFrom(delivery: Delivery): Slot | undefined {
    const { slot } = delivery;
    if (slot?.handed.remove(delivery) !== true) return undefined;
    slot.stalled = false;
    this.backlog.left(delivery);
    return slot;
  }

  /** Forgets those that wait and are meant, and tells which they were. */
  forget(isMeant: (delivery: Delivery) => boolean): readonly Delivery[] {
    return this.backlog.remove(isMeant);
  }

  /** Forgets those that have not begun and are meant, handed over or not, and tells which they were. */
  forgetUnbegun(isMeant: (delivery: Delivery) => boolean): readonly Delivery[] {
    for (const slot of this.slots) this.takeBack(slot);
    return this.forget(isMeant);
  }

  /** Takes back everything that has not begun, and returns it with what waited; hands over nothing more. */
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

  /** The slot with the most to do beside an idle one; one with a single delivery has nothing to give away. */
  private busiestBeside(idle: Slot): Slot | undefined {
    let busiest: Slot | undefined;
    for (const slot of this.slots) {
      if (slot !== idle && slot.handed.length > Math.max(1, busiest?.handed.length ?? 0)) busiest = slot;
    }
    return busiest;
  }

  /** Deliveries that are no longer with the slot, in their order, and have not begun. */
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

  /** Others run what a blocked slot has not begun. */
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

  /** Takes a token of the rate limit for it; without one, what waits is tried again when the next is due. */
  private isAllowed(delivery: Delivery): boolean {
    const { rateLimit } = this.options;
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
