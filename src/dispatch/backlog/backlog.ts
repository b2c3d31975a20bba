import type { Delivery, Slot } from '../delivery.js';

/** The deliveries that wait for a slot, and the rule that picks the next. */
export interface Backlog {
  readonly isEmpty: boolean;
  /** Takes a new delivery: to a slot at once, or behind those that wait. */
  add(delivery: Delivery): void;
  /** A slot may have room. */
  hand(): void;
  /** Puts deliveries that a slot gave back in front, in this order. */
  putBack(deliveries: readonly Delivery[]): void;
  left(delivery: Delivery): void;
  /** What a slot should give to an idle one. Absent: the later half of what the busiest has not begun. */
  spare?(idle: Slot): readonly Delivery[];
  /** Removes and returns the waiting deliveries that match. */
  remove(isMeant: (delivery: Delivery) => boolean): readonly Delivery[];
}

export interface BacklogPorts {
  readonly slots: readonly Slot[];
  readonly leastBusy: () => Slot | undefined;
  readonly offer: (delivery: Delivery, slot: Slot) => void;
  /** False while the rate limit holds it back; `hand` is called when it may go. */
  readonly isAllowed: (delivery: Delivery) => boolean;
}
