import type { ConsumerConfig } from '../../config/index.js';
import { WINDOW } from '../delivery.js';

/** AMQP sends the prefetch count as two bytes. */
const LARGEST = 65_535;
const SMALLEST_UNLIMITED = 1_000;

/** Full windows, or batches, of each instance: one that runs, and one that follows. */
const BATCHES = 2;

/** With a rate limit, what begins within this time is enough to have at hand: the rest stays with the broker, for others. */
const AT_HAND_SECONDS = 1;

/**
 * What is asked of the broker. 0, "unlimited", would pull a whole queue into memory, and buys nothing beyond two full
 * windows of each instance: so it becomes that, and memory is bounded whatever waits on the broker.
 */
export function prefetchOf({ prefetchCount, consumerCount, rateLimit, batch }: ConsumerConfig): number {
  if (rateLimit !== undefined) {
    // A batch that fills up at the rate of the limit, while another one runs, is no more than at hand either.
    const perInstance = batch === undefined ? 1 : BATCHES * batch.size;
    const atHand = perInstance * consumerCount + Math.ceil(rateLimit * AT_HAND_SECONDS);
    return Math.min(LARGEST, prefetchCount > 0 ? prefetchCount : LARGEST, atHand);
  }
  if (prefetchCount > 0) return prefetchCount;
  return Math.min(LARGEST, Math.max(SMALLEST_UNLIMITED, BATCHES * (batch?.size ?? WINDOW) * consumerCount));
}

/**
 * Open deliveries from which on every instance has enough to do: one message or batch that runs, and one that follows. By keys no
 * number is enough: all may be of one key, which one instance runs.
 */
export function busyAt({ consumerCount, batch, partitionBy }: ConsumerConfig): number {
  return partitionBy === undefined ? BATCHES * consumerCount * (batch?.size ?? 1) : Number.POSITIVE_INFINITY;
}
