import type { Backlog, BacklogPorts } from './backlog.js';
import type { Delivery } from './delivery.js';
import { leastBusy } from './slot-choice.js';

/** Deliveries go in the order in which they came, each to the slot with the least to do. */
export class ArrivalOrder implements Backlog {
  private readonly ports: BacklogPorts;
  private waiting: Delivery[] = [];

  constructor(ports: BacklogPorts) {
    this.ports = ports;
  }

  get isEmpty(): boolean {
    return this.waiting.length === 0;
  }

  add(delivery: Delivery): void {
    const { slots, offer, isAllowed } = this.ports;
    // Straight to a slot where nobody waits before it: a list of one that is made and emptied cost 4 % of the whole way.
    const slot = this.isEmpty ? leastBusy(slots) : undefined;
    if (slot === undefined || !isAllowed(delivery)) this.waiting.push(delivery);
    else offer(delivery, slot);
  }

  hand(): void {
    const { slots, offer, isAllowed } = this.ports;
    let handed = 0;
    for (const delivery of this.waiting) {
      const slot = leastBusy(slots);
      if (slot === undefined || !isAllowed(delivery)) break;
      offer(delivery, slot);
      handed++;
    }
    if (handed > 0) this.waiting.splice(0, handed);
  }

  putBack(deliveries: readonly Delivery[]): void {
    this.waiting = [...deliveries, ...this.waiting];
  }

  left(): void {
    // Whoever has ended holds back nobody else.
  }

  remove(isMeant: (delivery: Delivery) => boolean): readonly Delivery[] {
    const meant = this.waiting.filter(isMeant);
    if (meant.length > 0) this.waiting = this.waiting.filter((delivery) => !isMeant(delivery));
    return meant;
  }
}
