import type { ConsumerConfig } from '../../config/index.js';
import { WINDOW } from '../delivery.js';

/** AMQP sends the prefetch count as two bytes. */
const LARGEST = 65_535;
const SMALLEST_UNLIMITED = 1_000;

/** One that runs and one that follows. */
const BATCHES = 2;

/** The rest is for other consumers. */
const AT_HAND_SECONDS = 1;

/** 0, unlimited, would pull the whole queue into memory; two full windows per instance are as fast. */
export function prefetchOf({ prefetchCount, consumerCount, rateLimit, batch }: ConsumerConfig): number {
  if (rateLimit !== undefined) {
    const perInstance = batch === undefined ? 1 : BATCHES * batch.size;
    const atHand = perInstance * consumerCount + Math.ceil(rateLimit * AT_HAND_SECONDS);
    return Math.min(LARGEST, prefetchCount > 0 ? prefetchCount : LARGEST, atHand);
  }
  if (prefetchCount > 0) return prefetchCount;
  return Math.min(LARGEST, Math.max(SMALLEST_UNLIMITED, BATCHES * (batch?.size ?? WINDOW) * consumerCount));
}

/** Open deliveries that keep every instance busy. By key no number is enough. */
export function busyAt({ consumerCount, batch, partitionBy }: ConsumerConfig): number {
  return partitionBy === undefined ? BATCHES * consumerCount * (batch?.size ?? 1) : Number.POSITIVE_INFINITY;
}
