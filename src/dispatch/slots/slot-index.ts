import type { Logger } from 'pino';
import type { Slot } from '../delivery.js';

/** Every slot of every entry, by its number. */
export class SlotIndex {
  private readonly slots: readonly Slot[];

  constructor(entries: readonly { readonly slots: readonly Slot[] }[]) {
    this.slots = entries.flatMap(({ slots }) => slots);
  }

  get count(): number {
    return this.slots.length;
  }

  /** @throws the error of a constructor that leaves its entry without an instance */
  noteFailures(failures: readonly { slot: number; error: Error }[], logger: Logger): void {
    for (const { slot: number, error } of failures) {
      const slot = this.slots[number];
      // The instance may be there by now.
      if (slot === undefined || slot.hasGoneUp) continue;
      slot.isUp = false;
      if (!this.slots.some(({ flow, isUp }) => flow === slot.flow && isUp)) throw error;
      logger.error({ err: error, queue: slot.spec.queue }, error.message);
    }
  }
}
