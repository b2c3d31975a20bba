import type { Delivery } from './delivery.js';
import type { Slot } from './slot.js';

/** How many deliveries of one key are with its slot. */
interface Share {
  readonly handed: number;
}

/**
 * What an idle slot takes from another: whole keys, about half of all that do not run there. A part of a key could not
 * begin before the rest has ended. In the order in which the deliveries are with their slot; none where no slot has two keys.
 */
export function spareKeys(
  idle: Slot,
  slots: readonly Slot[],
  shareOf: (delivery: Delivery) => Share | undefined,
): readonly Delivery[] {
  let from: Slot | undefined;
  let most = 0;
  for (const slot of slots) {
    const others = slot === idle ? 0 : slot.handed.length - handedOf(running(slot, shareOf));
    if (others > most) [from, most] = [slot, others];
  }
  if (from === undefined) return [];
  const kept = running(from, shareOf);
  const chosen = new Set<Share | undefined>();
  let count = 0;
  for (const delivery of [...from.handed].toReversed()) {
    const share = shareOf(delivery);
    if (share === kept || chosen.has(share)) continue;
    chosen.add(share);
    count += handedOf(share);
    if (count >= most / 2) break;
  }
  return [...from.handed].filter((delivery) => chosen.has(shareOf(delivery)));
}

/** The key of what runs there, or runs next. */
function running({ handed }: Slot, shareOf: (delivery: Delivery) => Share | undefined): Share | undefined {
  return handed.first === undefined ? undefined : shareOf(handed.first);
}

function handedOf(share: Share | undefined): number {
  return share?.handed ?? 0;
}
