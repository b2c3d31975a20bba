import type { Epoch } from '../broker/index.js';
import type { Delivery } from './delivery.js';
import { FAILURE_POLICY } from './failure-policy.js';
import type { Settlement } from './settlement.js';

/** Notes in a message that its thread died, and tells how the original is answered. Never rejects. */
export type Admit = (delivery: Delivery, cause: Error) => Promise<'ack' | 'rejectRequeue'>;

/** Deliveries whose thread died while they ran, until it is known what has become of their copy. */
export class Admissions {
  private readonly settlement: Settlement;
  private readonly admit: Admit | undefined;
  private readonly onSettled: () => void;
  private readonly open = new Set<Delivery>();

  /** @param admit absent: a death is answered as any failure is */
  constructor(settlement: Settlement, admit: Admit | undefined, onSettled: () => void) {
    this.settlement = settlement;
    this.admit = admit;
    this.onSettled = onSettled;
  }

  /** How many wait for their copy. */
  get size(): number {
    return this.open.size;
  }

  async take(delivery: Delivery, cause: Error): Promise<void> {
    if (this.admit === undefined) return this.settlement.settle(delivery, FAILURE_POLICY.failed);
    this.open.add(delivery);
    // Its channel may go while the copy is on its way: what is copied must stay.
    delivery.message.hold();
    const answer = await this.admit(delivery, cause);
    delivery.message.release();
    this.open.delete(delivery);
    this.settlement.settle(delivery, answer);
    this.onSettled();
  }

  /** The channel has gone: nothing can be answered there, and nobody needs to wait for it. */
  lose(epoch: Epoch, reason: string): void {
    for (const delivery of this.open) {
      if (delivery.epoch !== epoch) continue;
      this.open.delete(delivery);
      this.settlement.lose(delivery, reason);
    }
  }
}
