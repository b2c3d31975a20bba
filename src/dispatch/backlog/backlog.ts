import type { Delivery, Slot } from '../delivery.js';

/** What waits for a slot, and the rule by which it goes: each entry has one. */
export interface Backlog {
  /** True while nothing waits. */
  readonly isEmpty: boolean;
  /** A delivery has come: it goes to a slot at once, or waits behind those that came before it. */
  add(delivery: Delivery): void;
  /** A slot may have room: hands over what may go now. */
  hand(): void;
  /** These were taken back from a slot: in front of all that wait, in this order. */
  putBack(deliveries: readonly Delivery[]): void;
  /** A delivery is no longer with its slot: it has ended, or was taken back. */
  left(delivery: Delivery): void;
  /** What a slot should give to an idle one, in its order; absent: the latest half of what the busiest has not begun. */
  spare?(idle: Slot): readonly Delivery[];
  /** Forgets those that wait and are meant, and tells which they were. */
  remove(isMeant: (delivery: Delivery) => boolean): readonly Delivery[];
}

/** What a backlog asks for. */
export interface BacklogPorts {
  readonly slots: readonly Slot[];
  /** The slot with the least to do of those that take deliveries and have room in their windows. */
  readonly leastBusy: () => Slot | undefined;
  /** Hands a delivery to a slot. */
  readonly offer: (delivery: Delivery, slot: Slot) => void;
  /** False while the rate limit holds a delivery back; `hand` is called again when it may have its turn. */
  readonly isAllowed: (delivery: Delivery) => boolean;
}
