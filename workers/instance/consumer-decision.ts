import type { ConsumerDecision } from '../../src/bridge/index.js';
import { InvalidMessage } from './invalid-message.js';

/**
 * Reads a consumer's decision by code, because it may use another copy of this package. `InvalidMessage` goes by class:
 * consumers may not claim it. Never throws.
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
