import type { Delivery, Slot } from '../delivery.js';

/**
 * How long a delivery may lie with a slot that has not begun it while another slot is free. Long beside a hop to a
 * thread (tens of microseconds), short beside the jobs that block one.
 */
const OVERDUE_MS = 25;

export interface SlotRescueOptions {
  readonly slots: readonly Slot[];
  /** Takes back what the slot has not begun and hands it to others. */
  readonly takeOver: (slot: Slot) => void;
}

/**
 * Finds deliveries that a blocked thread holds back from a free slot. A slot that ends its work takes from the busiest at
 * once; this is for the slot that has long been free, which nothing would wake, and for threads that are blocked by a
 * consumer of another entry. Looks only while something is with threads.
 */
export class SlotRescue {
  private readonly options: SlotRescueOptions;
  /** What each slot had not begun at the last look. */
  private readonly seen = new Map<Slot, Delivery>();
  private timer: NodeJS.Timeout | undefined;

  constructor(options: SlotRescueOptions) {
    this.options = options;
  }

  /** A delivery was handed over: check soon whether it has begun. */
  watch(): void {
    if (this.timer !== undefined || this.options.slots.length < 2) return;
    this.timer = setTimeout(() => this.look(), OVERDUE_MS);
    this.timer.unref();
  }

  private look(): void {
    const { slots, takeOver } = this.options;
    this.timer = undefined;
    for (const slot of slots) {
      const unbegun = slot.handed.find((delivery) => slot.isOffered(delivery));
      const isOverdue = unbegun !== undefined && this.seen.get(slot) === unbegun;
      if (unbegun === undefined) this.seen.delete(slot);
      else this.seen.set(slot, unbegun);
      if (isOverdue && slots.some(({ isIdle }) => isIdle)) takeOver(slot);
    }
    if (slots.some(({ handed }) => handed.length > 0)) this.watch();
    else this.seen.clear();
  }
}
