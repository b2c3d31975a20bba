import { type ClaimId, ClaimTable, DeliveryHeads, type ReceivedMessage } from '../protocol/index.js';

/** What a delivery must have to be handed to a thread. */
export interface Deliverable {
  readonly message: ReceivedMessage;
}

/** A delivery that is with the thread, and the claim on it. */
export interface Handed<Delivery> {
  readonly claimId: ClaimId;
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
 * What is with one thread, by claim. A claim id that a worker shows counts only if it stands for one of these. A message's
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

  offer(delivery: Delivery): ClaimId {
    const { message } = delivery;
    const claimId = this.claims.offer();
    this.heads.write(claimId.cell, message);
    message.hold();
    this.byCell[claimId.cell] = { claimId, delivery, isTold: false };
    return claimId;
  }

  /** The delivery that a claim id stands for; the numbers come from a worker and may be anything. */
  at(cell: unknown, generation: unknown): Handed<Delivery> | undefined {
    const handed = typeof cell === 'number' ? this.byCell[cell] : undefined;
    return handed?.claimId.generation === generation ? handed : undefined;
  }

  /** What the thread has begun and not ended, answered or not. */
  begun(): readonly Delivery[] {
    return this.byCell.flatMap((handed) =>
      handed === undefined || this.claims.isOffered(handed.claimId) ? [] : [handed.delivery],
    );
  }

  /** Takes a delivery back. False: the consumer has begun. */
  revoke(claimId: ClaimId): boolean {
    if (!this.claims.revoke(claimId)) return false;
    this.release(claimId);
    return true;
  }

  /** The delivery is no longer with the thread. */
  release(claimId: ClaimId): void {
    this.byCell[claimId.cell]?.delivery.message.release();
    this.byCell[claimId.cell] = undefined;
    this.claims.close(claimId);
  }

  /** Everything that is still here, when the thread is gone. */
  orphan(): readonly Orphan<Delivery>[] {
    const left = this.byCell.filter((handed) => handed !== undefined);
    // Revoked, not only looked at: whatever is left of the thread begins none of them any more.
    const orphans = left.map(({ claimId, delivery }) => {
      const isUnseen = this.claims.revoke(claimId);
      return { delivery, isUnseen, begun: !isUnseen && !this.claims.isAnswered(claimId) };
    });
    for (const { claimId } of left) this.release(claimId);
    return orphans;
  }
}
