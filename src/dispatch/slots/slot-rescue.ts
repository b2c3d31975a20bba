import type { Delivery, Slot } from '../delivery.js';

/** Long against the hop to a thread, short against the jobs that block one. */
const OVERDUE_MS = 25;

export interface SlotRescueOptions {
  readonly slots: readonly Slot[];
  readonly takeOver: (slot: Slot) => void;
}

/** Finds what a blocked thread holds back from an idle slot, which nothing else would wake. */
export class SlotRescue {
  private readonly options: SlotRescueOptions;
  private readonly seen = new Map<Slot, Delivery>();
  private timer: NodeJS.Timeout | undefined;

  constructor(options: SlotRescueOptions) {
    this.options = options;
  }

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
