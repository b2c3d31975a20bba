import type { Delivery, Partition, Slot } from '../delivery.js';

/**
 * What an idle slot takes from another: whole keys, about half of all that do not run there. A part of a key could not
 * begin before the rest has ended. In the order in which the deliveries are with their slot; none where no slot has two keys.
 */
export function spareKeys(idle: Slot, slots: readonly Slot[]): readonly Delivery[] {
  let from: Slot | undefined;
  let most = 0;
  for (const slot of slots) {
    const others = slot === idle ? 0 : slot.handed.length - handedOf(running(slot));
    if (others > most) [from, most] = [slot, others];
  }
  if (from === undefined) return [];
  const kept = running(from);
  const chosen = new Set<Partition | undefined>();
  let count = 0;
  for (const { partition } of [...from.handed].toReversed()) {
    if (partition === kept || chosen.has(partition)) continue;
    chosen.add(partition);
    count += handedOf(partition);
    if (count >= most / 2) break;
  }
  return [...from.handed].filter(({ partition }) => chosen.has(partition));
}

/** The key of what runs there, or runs next. */
function running({ handed }: Slot): Partition | undefined {
  return handed.first?.partition;
}

function handedOf(partition: Partition | undefined): number {
  return partition?.handed ?? 0;
}
