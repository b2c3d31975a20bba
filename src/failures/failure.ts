import type { Verdict } from '../protocol/index.js';

/** How a delivery failed. */
export interface Failure {
  /**
   * - `thrown`: `consume` threw, or rejected;
   * - `died`: its thread ended while it ran;
   * - `timeout`: its thread was ended because it ran for too long.
   */
  readonly kind: 'thrown' | 'died' | 'timeout';
  readonly error: Error;
  /** What the consumer asked for, where it threw `Retry` or `Reject`; or that the message never reached it. */
  readonly verdict?: Verdict | undefined;
  /** How long ago the broker delivered it, in milliseconds. */
  readonly seenMsAgo: number;
}

/** Why a message is tried no more. */
export type EndReason = 'exhausted' | 'rejected' | 'deaths' | 'invalid' | 'delivery-limit';

/** The end of a message's attempts. */
export interface Ended {
  readonly reason: EndReason;
  /** How many deliveries have failed; for `delivery-limit`, how many there were. */
  readonly attempt: number;
  /** How many threads ended while it ran. */
  readonly deaths: number;
}

/** What becomes of a message that failed. */
export type Fate =
  /** It goes back to its queue as it is. */
  | { readonly kind: 'requeued' }
  /** A copy with the count of its attempts waits in a delay queue; `of` is how many it may have, if there is a limit. */
  | { readonly kind: 'retried'; readonly attempt: number; readonly of: number | undefined; readonly delayMs: number }
  /** A copy with the count of the threads that it took down went back to its queue. */
  | { readonly kind: 'counted'; readonly deaths: number; readonly maxDeaths: number }
  /** A copy whose count of returns begins again went back to its queue: the broker's delivery limit was near. */
  | { readonly kind: 'renewed'; readonly returns: number; readonly limit: number }
  /** A copy with what is known of its failures went into `QUEUE.dead`; `unrouted` is the dead-letter exchange that led nowhere. */
  | ({ readonly kind: 'put_aside'; readonly queue: string; readonly unrouted?: string } & Ended)
  /** A copy with what is known of its failures went to the dead-letter exchange of its queue, which routed it. */
  | ({ readonly kind: 'dead_lettered'; readonly exchange: string } & Ended)
  /** The broker moves it to the dead-letter exchange, to which only the broker may publish. */
  | ({ readonly kind: 'dead_lettered_by_broker'; readonly exchange: string } & Ended)
  /** It is dropped, as the file says. */
  | ({ readonly kind: 'discarded' } & Ended);

/** The answer to the broker that each fate comes with: where a copy is safe, the original is done. */
export const ANSWERS = {
  // Rejected, not released: only that counts towards a quorum queue's delivery limit
  // (https://www.rabbitmq.com/docs/quorum-queues#poison-message-handling).
  requeued: 'rejectRequeue',
  retried: 'ack',
  counted: 'ack',
  renewed: 'ack',
  put_aside: 'ack',
  dead_lettered: 'ack',
  dead_lettered_by_broker: 'rejectDrop',
  discarded: 'ack',
} as const satisfies Record<Fate['kind'], string>;

export const REQUEUED: Fate = { kind: 'requeued' };
