import type { Delivery, Slot } from './delivery.js';

/** A message that a consumer is handling now. */
export interface RunningDelivery {
  readonly delivery: Delivery;
  readonly slot: Slot;
  readonly runningMs: number;
}

/** What the slots of an entry do at this moment. */
export interface EntryLoad {
  readonly instances: number;
  readonly up: number;
  /** With a running message. */
  readonly busy: number;
  /** Messages whose `consume` has begun and not ended. */
  readonly running: number;
  /** Messages whose `consume` has begun, and that the broker awaits an answer to; it may have ended. */
  readonly open: number;
  /** How long the oldest one runs; 0 if none does. */
  readonly oldestMs: number;
}

/** The deliveries whose `consume` has begun and not ended, the longest first. */
export function runningOn(slots: readonly Slot[], nowMs: number): readonly RunningDelivery[] {
  const running = slots.flatMap((slot) =>
    [...slot.handed].flatMap((delivery) => {
      if (!slot.hasBegun(delivery) || hasEnded(slot, delivery)) return [];
      const beganAtMs = slot.link?.beganAtMs(delivery) ?? nowMs;
      return [{ delivery, slot, runningMs: Math.max(0, nowMs - beganAtMs) }];
    }),
  );
  return running.toSorted((left, right) => right.runningMs - left.runningMs);
}

/**
 * Counts without a list of the running ones: `ctl top` and the console ask each second.
 *
 * @param byThread gets the running messages of each thread added
 */
export function loadOf(slots: readonly Slot[], nowMs: number, byThread?: Map<number, number>): EntryLoad {
  const load = { instances: slots.length, up: 0, busy: 0, running: 0, open: 0, oldestMs: 0 };
  for (const slot of slots) {
    if (slot.isUp) load.up++;
    let running = 0;
    for (const delivery of slot.handed) {
      // Deliveries begin in order.
      if (slot.isOffered(delivery)) break;
      if (!slot.hasBegun(delivery)) continue;
      if (!delivery.isOver) load.open++;
      if (hasEnded(slot, delivery)) continue;
      running++;
      load.oldestMs = Math.max(load.oldestMs, nowMs - (slot.link?.beganAtMs(delivery) ?? nowMs));
    }
    if (running === 0) continue;
    load.busy++;
    load.running += running;
    byThread?.set(slot.thread, (byThread.get(slot.thread) ?? 0) + running);
  }
  return load;
}

/**
 * Its end may be on its way to the main thread: a thread reports up to 32 ends in one post, and a main thread that has
 * stalled looks here before it reads them.
 */
function hasEnded({ link }: Slot, delivery: Delivery): boolean {
  return link?.endedAtMs(delivery) !== undefined;
}
