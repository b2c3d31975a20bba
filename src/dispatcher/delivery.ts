import type { Epoch } from '../broker/index.js';
import type { ReceivedMessage, Ticket } from '../protocol/index.js';
import type { Slot } from './slot.js';

/**
 * What we got from the broker, once, on one epoch of a channel.
 *
 *     waiting ── offered ──▶ handed ── answered, failed ──▶ settled
 *        ▲  └────────────────┤ └───── released ───────────▶ settled
 *        └───── revoked ─────┘        any ── channel went ▶ lost
 */
export interface Delivery {
  readonly message: ReceivedMessage;
  readonly epoch: Epoch;
  state: 'waiting' | 'handed' | 'settled' | 'lost';
  /** Where it was handed to, and the claim on it there. */
  handedTo: { readonly slot: Slot; readonly ticket: Ticket } | undefined;
}
