import type { Delivery, Partition, Slot } from '../delivery.js';

/** Half of a busy slot's keys, whole: part of one could not begin before the rest ends. */
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

function running({ handed }: Slot): Partition | undefined {
  return handed.first?.partition;
}

function handedOf(partition: Partition | undefined): number {
  return partition?.handed ?? 0;
}
