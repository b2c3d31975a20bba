import type { Epoch } from '../broker/index.js';
import type { ClaimId, ReceivedMessage } from '../protocol/index.js';
import type { Slot } from './slot.js';

/**
 * What we got from the broker, once, on one epoch of a channel.
 *
 *     waiting ── offered ──▶ handed ── answered, failed ──▶ settled
 *        ▲  └────────────────┤ ├───── released ───────────▶ settled
 *        └───── revoked ─────┘ └─ comes back too often ─▶ held ─▶ settled
 *                                     any ── channel went ▶ lost
 */
export interface Delivery {
  readonly message: ReceivedMessage;
  readonly epoch: Epoch;
  /** When the broker delivered it, in milliseconds of the dispatch's clock. */
  readonly receivedAtMs: number;
  /** True once it has its token of the rate limit: handed over again, it needs no other. */
  isAllowed: boolean;
  state: 'waiting' | 'handed' | 'held' | 'settled' | 'lost';
  /** Where it was handed to, and the claim on it there. */
  handedTo: Handing | undefined;
}

/** That a delivery is with a slot. */
export interface Handing {
  readonly slot: Slot;
  readonly claimId: ClaimId;
  /** When it was handed over, in milliseconds of the dispatch's clock. */
  readonly atMs: number;
  /** How many were with the slot then, itself included. */
  readonly place: number;
}
