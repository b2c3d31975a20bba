import type { AnswerName } from '../protocol/index.js';

/**
 * What the answer is; whether it may be sent is the settlement's business. A failure rejects and a release nacks,
 * because from RabbitMQ 4.3 on a reject counts towards a quorum queue's delivery limit and a nack does not: a message
 * that never began has not failed.
 */
export const FAILURE_POLICY = {
  /** `consume` threw, or its thread died. */
  failed: 'rejectRequeue',
  /** It never began: the daemon stops, or its thread died under another message. */
  released: 'nackRequeue',
} as const satisfies Record<string, Exclude<AnswerName, 'none'>>;
