import type { ConsumerDecision } from '../../src/bridge/index.js';
import { InvalidMessage } from './invalid-message.js';

/**
 * What is to become of a message, by what was thrown. A consumer's wish is told by the code, not by the class: the consumer may
 * have loaded another copy of this package than the daemon. That no consumer has seen the message is told by the class: it is not
 * for a consumer to say. Never throws, whatever was thrown.
 */
export function decisionOf(thrown: unknown): ConsumerDecision | undefined {
  try {
    if (thrown instanceof InvalidMessage) return { type: 'invalid', errors: thrown.validationErrors };
    if (typeof thrown !== 'object' || thrown === null || !('code' in thrown)) return undefined;
    if (thrown.code === 'CONSUMER_REJECT') return { type: 'reject' };
    if (thrown.code !== 'CONSUMER_RETRY') return undefined;
    const delayMs = 'delayMs' in thrown ? thrown.delayMs : undefined;
    return typeof delayMs === 'number' ? { type: 'retry', delayMs } : { type: 'retry' };
  } catch {
    return undefined;
  }
}
