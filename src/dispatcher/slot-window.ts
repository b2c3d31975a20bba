/** Work that a slot may have ahead, in milliseconds: long beside the way to a thread and back, short beside a wait. */
const AHEAD_MS = 5;
/** The one that runs, and the one that follows without a hop between. */
export const LEAST_WINDOW = 2;
/** What the cells of a session are reckoned with, and enough to batch the quickest. */
export const WINDOW = 64;
/** Before anything is known of the consumer. */
const FIRST = 8;
/** The weight of the last delivery: the window has forgotten a slow one after some ten quick ones. */
const WEIGHT = 0.25;

/**
 * How many deliveries may be with a slot at one time: it follows the consumer's service time. One that takes microseconds
 * gets enough to hide the hop and to batch its answers; one that takes longer gets what it begins next and no more, so that
 * there is little to take back when another slot is free.
 */
export class SlotWindow {
  private serviceMs: number | undefined;

  /** Deliveries that the slot may have. */
  get size(): number {
    if (this.serviceMs === undefined) return FIRST;
    return Math.min(WINDOW, Math.max(LEAST_WINDOW, 1 + Math.ceil(AHEAD_MS / this.serviceMs)));
  }

  /**
   * Notes a delivery that has ended.
   * @param stayMs from when it was handed over to its end
   * @param place how many were with the slot then, itself included: it waited for all of them
   */
  note(stayMs: number, place: number): void {
    const serviceMs = stayMs / place;
    this.serviceMs = this.serviceMs === undefined ? serviceMs : this.serviceMs + WEIGHT * (serviceMs - this.serviceMs);
  }
}
