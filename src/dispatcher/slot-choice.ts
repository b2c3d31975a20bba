import type { Slot } from './slot.js';

/** The slot with the least to do of those that take deliveries and have room in their windows. */
export function leastBusy(slots: readonly Slot[]): Slot | undefined {
  let best: Slot | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const slot of slots) {
    if (!slot.up || slot.stalled || slot.handed.length >= least) continue;
    if (slot.handed.length === 0) return slot;
    if (slot.handed.length >= slot.window.size) continue;
    best = slot;
    least = slot.handed.length;
  }
  return best;
}

/** The slot with the most to do beside an idle one; one with a single delivery has nothing to give away. */
export function busiestBeside(idle: Slot, slots: readonly Slot[]): Slot | undefined {
  let busiest: Slot | undefined;
  for (const slot of slots) {
    if (slot !== idle && slot.handed.length > Math.max(1, busiest?.handed.length ?? 0)) busiest = slot;
  }
  return busiest;
}
