import { ClaimTable, DeliveryHeads, type ReceivedMessage, type Ticket } from '../protocol/index.js';

/** What a delivery must have to be handed to a thread. */
export interface Deliverable {
  readonly message: ReceivedMessage;
}

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
  /** False: it was handed over and not begun, or done and not told, so it is innocent. */
  readonly begun: boolean;
  /** True: not begun, for certain. */
  readonly isUnseen: boolean;
}

/**
 * What is with one thread, by claim. A ticket that a worker shows counts only if it stands for one of these. A message's
 * memory is held for as long as the thread may look.
 */
export class HandedDeliveries<Delivery extends Deliverable> {
  readonly claims: ClaimTable;
  readonly heads: DeliveryHeads;
  /** By cell; a Map cost twice the time of this. */
  private readonly byCell: (Handed<Delivery> | undefined)[];

  /** @param capacity how many deliveries can be with the thread at one time */
  constructor(capacity: number) {
    const cells = Math.max(1, capacity);
    this.claims = new ClaimTable(cells);
    this.heads = new DeliveryHeads(cells);
    this.byCell = Array.from({ length: cells }, () => undefined);
  }

  offer(delivery: Delivery): Ticket {
    const { message } = delivery;
    const ticket = this.claims.offer();
    this.heads.write(ticket.cell, message);
    message.hold();
    this.byCell[ticket.cell] = { ticket, delivery, isTold: false };
    return ticket;
  }

  /** The delivery that a ticket stands for; the numbers come from a worker and may be anything. */
  at(cell: unknown, generation: unknown): Handed<Delivery> | undefined {
    const handed = typeof cell === 'number' ? this.byCell[cell] : undefined;
    return handed?.ticket.generation === generation ? handed : undefined;
  }

  /** What the thread has begun and not ended, answered or not. */
  begun(): readonly Delivery[] {
    return this.byCell.flatMap((handed) =>
      handed === undefined || this.claims.isOffered(handed.ticket) ? [] : [handed.delivery],
    );
  }

  /** Takes a delivery back. False: the consumer has begun. */
  revoke(ticket: Ticket): boolean {
    if (!this.claims.revoke(ticket)) return false;
    this.release(ticket);
    return true;
  }

  /** The delivery is no longer with the thread. */
  release(ticket: Ticket): void {
    this.byCell[ticket.cell]?.delivery.message.release();
    this.byCell[ticket.cell] = undefined;
    this.claims.close(ticket);
  }

  /** Everything that is still here, when the thread is gone. */
  orphan(): readonly Orphan<Delivery>[] {
    const left = this.byCell.filter((handed) => handed !== undefined);
    // Revoked, not only looked at: whatever is left of the thread begins none of them any more.
    const orphans = left.map(({ ticket, delivery }) => {
      const isUnseen = this.claims.revoke(ticket);
      return { delivery, isUnseen, begun: !isUnseen && !this.claims.isAnswered(ticket) };
    });
    for (const { ticket } of left) this.release(ticket);
    return orphans;
  }
}
