import { ClaimTable, type Ticket } from '../protocol/index.js';

/** A delivery that is with the thread, and the claim on it. */
export interface Handed<Delivery> {
  readonly ticket: Ticket;
  readonly delivery: Delivery;
  /** True once the thread has told its answer. */
  isTold: boolean;
}

/** A delivery that was with a thread when it died. */
export interface Orphan<Delivery> {
  readonly delivery: Delivery;
  /** False: it was handed over and not begun, so it is innocent. */
  readonly begun: boolean;
}

/** What is with one thread, by claim. A ticket that a worker shows counts only if it stands for one of these. */
export class HandedDeliveries<Delivery> {
  readonly claims: ClaimTable;
  private readonly byCell = new Map<unknown, Handed<Delivery>>();

  /** @param capacity how many deliveries can be with the thread at one time */
  constructor(capacity: number) {
    this.claims = new ClaimTable(Math.max(1, capacity));
  }

  offer(delivery: Delivery): Ticket {
    const ticket = this.claims.offer();
    this.byCell.set(ticket.cell, { ticket, delivery, isTold: false });
    return ticket;
  }

  /** The delivery that a ticket stands for; the numbers come from a worker and may be anything. */
  at(cell: unknown, generation: unknown): Handed<Delivery> | undefined {
    const handed = this.byCell.get(cell);
    return handed?.ticket.generation === generation ? handed : undefined;
  }

  /** Takes a delivery back. False: the consumer has begun. */
  revoke(ticket: Ticket): boolean {
    if (!this.claims.revoke(ticket)) return false;
    this.release(ticket);
    return true;
  }

  /** The delivery is no longer with the thread. */
  release(ticket: Ticket): void {
    this.byCell.delete(ticket.cell);
    this.claims.close(ticket);
  }

  /** Everything that is still here, when the thread is gone. */
  orphan(): readonly Orphan<Delivery>[] {
    const orphans = [...this.byCell.values()].map(({ ticket, delivery }) => ({
      delivery,
      begun: !this.claims.isOffered(ticket),
    }));
    this.byCell.clear();
    return orphans;
  }
}
