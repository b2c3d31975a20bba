import type { BatchConfig } from './configuration.js';
import { duration, LARGEST_PREFETCH, mapping, wholeNumber } from './vocabulary.js';

/**
 * One batch runs while the next fills up; with only one per instance, the instance would wait for the broker in
 * between.
 */
const BATCHES_AT_HAND = 2;

/** Larger batches add latency and gain nothing: a batch is copied into the thread before its consumer begins. */
const LARGEST_SIZE = 10_000;

export const batchSchema = mapping(
  {
    size: wholeNumber(1, LARGEST_SIZE).default(100).describe('Maximum number of messages in one call of consume'),
    // Too short to delay a bulk insert noticeably, long enough to fill a batch of 100 at 200 messages a second.
    wait: duration().prefault('500ms').describe('How long the first message waits for more before consume is called'),
  },
  'a mapping with size, wait or both; {} for the defaults',
).transform(({ size, wait }) => ({ size, waitMs: wait }));

/** The prefetch when the file sets none. */
export function defaultPrefetch(consumerCount: number, batch: BatchConfig | undefined): number {
  if (batch === undefined) return consumerCount;
  return Math.min(LARGEST_PREFETCH, BATCHES_AT_HAND * consumerCount * batch.size);
}
