import { Fifo } from '../../timing/index.js';
import type { Delivery } from '../delivery.js';
import type { Backlog, BacklogPorts } from './backlog.js';

/** Hands over deliveries in order of arrival. */
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
    // Past the list if it is empty, which would cost 4 % of a delivery's way.
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
    // No delivery holds back another.
  }

  remove(isMeant: (delivery: Delivery) => boolean): readonly Delivery[] {
    const all = this.waiting.take();
    for (const delivery of all) if (!isMeant(delivery)) this.waiting.push(delivery);
    return all.filter(isMeant);
  }
}
