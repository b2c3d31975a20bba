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

  /**
   * Some constructors may fail at the start and be tried again.
   * @throws the error of one that leaves its entry without a single instance, which cannot serve
   */
  noteFailures(failures: readonly { slot: number; error: Error }[], logger: Logger): void {
    for (const { slot: number, error } of failures) {
      const slot = this.slots[number];
      // A slow neighbour delays this judgement: the instance may have been made meanwhile.
      if (slot === undefined || slot.hasGoneUp) continue;
      slot.isUp = false;
      if (!this.slots.some(({ flow, isUp }) => flow === slot.flow && isUp)) throw error;
      logger.error({ err: error, queue: slot.spec.queue }, error.message);
    }
  }
}
