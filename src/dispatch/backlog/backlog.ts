import type { Delivery, Slot } from '../delivery.js';

/** The deliveries that wait for a slot, and their order. */
export interface Backlog {
  readonly isEmpty: boolean;
  add(delivery: Delivery): void;
  /** A slot may have room. */
  hand(): void;
  /** In front, in this order. */
  putBack(deliveries: readonly Delivery[]): void;
  /** It is no longer with its slot. */
  left(delivery: Delivery): void;
  /** The deliveries that an idle slot should take. Absent: the later half of what the busiest has not begun. */
  spare?(idle: Slot): readonly Delivery[];
  remove(isMeant: (delivery: Delivery) => boolean): readonly Delivery[];
}

export interface BacklogPorts {
  readonly slots: readonly Slot[];
  readonly leastBusy: () => Slot | undefined;
  readonly offer: (delivery: Delivery, slot: Slot) => void;
  /** False while the rate limit holds it back; `hand` is called when it may go. */
  readonly isAllowed: (delivery: Delivery) => boolean;
}
