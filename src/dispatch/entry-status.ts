import type { Delivery, Slot } from './delivery.js';

/** A message that a consumer is handling now. */
export interface RunningDelivery {
  readonly delivery: Delivery;
  readonly slot: Slot;
  readonly runningMs: number;
}

/** The instances of an entry at this moment. */
export interface InstanceCounts {
  readonly instances: number;
  readonly up: number;
  /** With a message that has begun. */
  readonly busy: number;
}

/** The deliveries whose `consume` has begun and not ended, the longest first. */
export function runningOn(slots: readonly Slot[], nowMs: number): readonly RunningDelivery[] {
  const running = slots.flatMap((slot) =>
    [...slot.handed].flatMap((delivery) => {
      if (!slot.hasBegun(delivery)) return [];
      const beganAtMs = slot.link?.beganAtMs(delivery) ?? nowMs;
      return [{ delivery, slot, runningMs: Math.max(0, nowMs - beganAtMs) }];
    }),
  );
  return running.toSorted((left, right) => right.runningMs - left.runningMs);
}

export function instancesOf(slots: readonly Slot[]): InstanceCounts {
  return {
    instances: slots.length,
    up: slots.filter(({ isUp }) => isUp).length,
    busy: slots.filter(isBusy).length,
  };
}

function isBusy(slot: Slot): boolean {
  return [...slot.handed].some((delivery) => slot.hasBegun(delivery));
}
