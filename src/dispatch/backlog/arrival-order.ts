import { Fifo } from '../../timing/index.js';
import type { Delivery } from '../delivery.js';
import type { Backlog, BacklogPorts } from './backlog.js';

/** Deliveries go in the order in which they came, each to the slot with the least to do. */
export class ArrivalOrder implements Backlog {
  private readonly ports: BacklogPorts;
  private waiting = new Fifo<Delivery>();

  constructor(ports: BacklogPorts) {
    this.ports = ports;
  }

  get isEmpty(): boolean {
    return this.waiting.length === 0;
  }

  add(delivery: Delivery): void {
    const { leastBusy, offer, isAllowed } = this.ports;
    // Straight to a slot where nobody waits before it: a list of one that is made and emptied cost 4 % of the whole way.
    const slot = this.isEmpty ? leastBusy() : undefined;
    if (slot === undefined || !isAllowed(delivery)) this.waiting.push(delivery);
    else offer(delivery, slot);
  }

  hand(): void {
    const { leastBusy, offer, isAllowed } = this.ports;
    for (let delivery = this.waiting.first; delivery !== undefined; delivery = this.waiting.first) {
      const slot = leastBusy();
      if (slot === undefined || !isAllowed(delivery)) return;
      offer(delivery, slot);
      this.waiting.shift();
    }
  }

  putBack(deliveries: readonly Delivery[]): void {
    this.waiting = new Fifo([...deliveries, ...this.waiting]);
  }

  left(): void {
    // A delivery that has ended holds back no other.
  }

  remove(isMeant: (delivery: Delivery) => boolean): readonly Delivery[] {
    const all = this.waiting.take();
    for (const delivery of all) if (!isMeant(delivery)) this.waiting.push(delivery);
    return all.filter(isMeant);
  }
}
