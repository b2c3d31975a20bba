import type { ConsumerDecision } from '../bridge/index.js';
import { DispatcherError, MessageTooLarge } from '../errors/index.js';

/** How a delivery failed. */
export interface Failure {
  /**
   * - `thrown`: `consume` threw or rejected;
   * - `died`: its thread ended;
   * - `timeout`: its thread was terminated because it ran too long.
   */
  readonly kind: 'thrown' | 'died' | 'timeout';
  readonly error: Error;
  /** For `Retry`, `Reject` and invalid messages. */
  readonly decision?: ConsumerDecision | undefined;
  readonly seenMsAgo: number;
}

/** Why a message gets no further attempt. */
export type EndReason = 'exhausted' | 'rejected' | 'deaths' | 'invalid' | 'delivery-limit';

/** The end of a message's attempts. */
export interface Ended {
  readonly reason: EndReason;
  /** Failed deliveries; for `delivery-limit`, all deliveries. */
  readonly attempt: number;
  readonly deaths: number;
}

/** What happens to a failed message. */
export type FailureOutcome =
  | { readonly kind: 'requeued' }
  /** A copy waits in a delay queue; `of` is the maximum number of attempts. */
  | { readonly kind: 'retried'; readonly attempt: number; readonly of: number | undefined; readonly delayMs: number }
  /** A copy with the count of killed threads is in its queue. */
  | { readonly kind: 'counted'; readonly deaths: number; readonly maxDeaths: number }
  /** A copy with a fresh return count is in its queue. */
  | { readonly kind: 'renewed'; readonly returns: number; readonly limit: number }
  /** A copy is in `QUEUE.dead`; `unrouted` names a dead-letter exchange that routed nowhere. */
  | ({ readonly kind: 'put_aside'; readonly queue: string; readonly unrouted?: string } & Ended)
  /** The dead-letter exchange routed a copy. */
  | ({ readonly kind: 'dead_lettered'; readonly exchange: string } & Ended)
  /** The broker moves it, because only the broker may publish there. */
  | ({ readonly kind: 'dead_lettered_by_broker'; readonly exchange: string } & Ended)
  | ({ readonly kind: 'discarded' } & Ended);

/** The answer for each outcome; an original is acked once its copy is confirmed. */
export const ANSWER_OF = {
  // Only a reject counts towards a quorum queue's delivery limit
  // (https://www.rabbitmq.com/docs/quorum-queues#poison-message-handling).
  requeued: 'rejectRequeue',
  retried: 'ack',
  counted: 'ack',
  renewed: 'ack',
  put_aside: 'ack',
  dead_lettered: 'ack',
  dead_lettered_by_broker: 'rejectDrop',
  discarded: 'ack',
} as const satisfies Record<FailureOutcome['kind'], string>;

export const REQUEUED: FailureOutcome = { kind: 'requeued' };

/** True when the broker will always refuse the copy: it exceeds `max_message_size`, or its headers exceed a frame. */
export function isUncopyable(error: unknown): boolean {
  return error instanceof MessageTooLarge || (error instanceof DispatcherError && error.code === 'PUBLISH_INVALID');
}
