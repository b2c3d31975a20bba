import type { Logger } from 'pino';
import type { Delivery } from './delivery.js';
import type { Dispatch } from './dispatch.js';
import type { Lane } from './lane.js';
import type { Slot } from './slot.js';

/** One slot, and the entry that it belongs to. */
export interface Place {
  readonly slot: Slot;
  readonly lane: Lane;
}

/** Every slot of every entry, by its number. */
export class Places {
  private readonly all: readonly Place[];
  /** Slots that came up, by number: see `judge`. */
  private readonly risen = new Set<number>();

  constructor(lanes: readonly Lane[]) {
    this.all = lanes.flatMap((lane) => lane.slots.map((slot) => ({ slot, lane })));
  }

  get count(): number {
    return this.all.length;
  }

  /** Does something at one place; nothing where there is none. */
  at<Result>(slot: number, act: (place: Place) => Result): Result | undefined {
    const place = this.all[slot];
    return place === undefined ? undefined : act(place);
  }

  /** The dispatch of the entry that a delivery was handed out for. */
  dispatchOf({ handedTo }: Delivery): Dispatch | undefined {
    return handedTo === undefined ? undefined : this.all[handedTo.slot.spec.slot]?.lane.dispatch;
  }

  /** The instance of a slot takes deliveries. */
  rise(slot: number): void {
    this.risen.add(slot);
    this.at(slot, (place) => place.lane.dispatch.slotUp(place.slot));
  }

  /**
   * Some constructors may fail at the start and be tried again.
   * @throws the error of one that leaves its entry without a single instance, which cannot serve
   */
  judge(failures: readonly { slot: number; error: Error }[], logger: Logger): void {
    for (const { slot: number, error } of failures) {
      const place = this.all[number];
      // A slow neighbour delays this judgement: the instance may have been made meanwhile.
      if (place === undefined || this.risen.has(number)) continue;
      place.slot.up = false;
      if (place.lane.slots.every(({ up }) => !up)) throw error;
      logger.error({ err: error, queue: place.lane.entry.queue }, error.message);
    }
  }
}
