import type { SlotSpec } from '../protocol/index.js';
import { Fifo } from '../waiting/index.js';
import type { Delivery } from './delivery.js';
import { SlotWindow } from './slot-window.js';

/** The main thread's view of one consumer instance's place. */
export interface Slot {
  readonly spec: SlotSpec;
  readonly thread: number;
  /** False while the instance, or its thread, is being replaced. */
  up: boolean;
  /**
   * True from when another slot took over what this one had not begun until it ends what it runs: offering it more would
   * only pile copies up at the port of a blocked thread.
   */
  stalled: boolean;
  /** How many deliveries it may have. */
  readonly window: SlotWindow;
  /** Deliveries that are with the thread, in the order in which they will run; the first may have begun. */
  readonly handed: Fifo<Delivery>;
  /** Deliveries whose `consume` has ended here. */
  served: number;
  /** Called once when nothing is with the slot any more: its thread is to go. */
  whenEmpty: (() => void) | undefined;
}

/** A slot that nothing was handed to yet. */
export function newSlot(spec: SlotSpec, thread: number): Slot {
  return {
    spec,
    thread,
    up: true,
    stalled: false,
    window: new SlotWindow(),
    handed: new Fifo(),
    served: 0,
    whenEmpty: undefined,
  };
}

/** True while the slot takes deliveries, be it ahead of their turn. */
export function hasRoom({ up, stalled, handed, window }: Slot): boolean {
  return up && !stalled && handed.length < window.size;
}

/** True while the slot could begin a delivery at once. */
export function isFree(slot: Slot): boolean {
  return slot.up && !slot.stalled && slot.handed.length === 0;
}
