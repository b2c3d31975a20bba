import type { BatchConfig } from './configuration.js';
import { duration, LARGEST_PREFETCH, mapping, wholeNumber } from './vocabulary.js';

/** What runs and what fills up meanwhile: with one batch for each instance, all would wait for the broker in between. */
const BATCHES_AT_HAND = 2;

/** All of them are copied into the thread before its consumer begins: beyond this, latency grows and nothing is won. */
const LARGEST_SIZE = 10_000;

export const batchSchema = mapping(
  {
    size: wholeNumber(1, LARGEST_SIZE).default(100).describe('Messages that consume is called with at most'),
    // Not felt by whoever waits for a bulk insert, and long enough to fill a hundred from 200 messages a second.
    wait: duration()
      .prefault('500ms')
      .describe('How long the first message waits for others; then consume is called with what has come'),
  },
  'a mapping with size, wait or both; {} for the defaults',
).transform(({ size, wait }) => ({ size, waitMs: wait }));

/** Messages at hand where the file does not say how many. */
export function defaultPrefetch(consumerCount: number, batch: BatchConfig | undefined): number {
  if (batch === undefined) return consumerCount;
  return Math.min(LARGEST_PREFETCH, BATCHES_AT_HAND * consumerCount * batch.size);
}
