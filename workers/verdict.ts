import type { Verdict } from '../src/protocol/index.js';

/**
 * What a consumer asked for by what it threw. Told by the code, not by the class: the consumer may have loaded another copy
 * of this package than the daemon. Never throws, whatever was thrown.
 */
export function verdictOf(thrown: unknown): Verdict | undefined {
  try {
    if (typeof thrown !== 'object' || thrown === null || !('code' in thrown)) return undefined;
    if (thrown.code === 'CONSUMER_REJECT') return { type: 'reject' };
    if (thrown.code !== 'CONSUMER_RETRY') return undefined;
    const delayMs = 'delayMs' in thrown ? thrown.delayMs : undefined;
    return typeof delayMs === 'number' ? { type: 'retry', delayMs } : { type: 'retry' };
  } catch {
    return undefined;
  }
}
