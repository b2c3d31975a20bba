import type { ConsumerConfig } from '../config/index.js';
import { WINDOW } from './slot-window.js';

/** AMQP sends the prefetch count as two bytes. */
const LARGEST = 65_535;
const SMALLEST_UNLIMITED = 1_000;

/**
 * What is asked of the broker. 0, "unlimited", would pull a whole queue into memory, and buys nothing beyond two full
 * windows of each instance: so it becomes that, and memory is bounded whatever waits on the broker.
 */
export function prefetchOf({ prefetchCount, consumerCount }: ConsumerConfig): number {
  if (prefetchCount > 0) return prefetchCount;
  return Math.min(LARGEST, Math.max(SMALLEST_UNLIMITED, 2 * WINDOW * consumerCount));
}
