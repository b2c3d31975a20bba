import { performance } from 'node:perf_hooks';
import { getHeapStatistics, type HeapInfo } from 'node:v8';
import type { Vitals } from '../../src/bridge/index.js';
import { collectGarbage } from './full-collection.js';

/** Reading the figures takes a microsecond or two. */
const EVERY_MS = 100;
const BYTES_PER_MB = 1024 * 1024;
/** After a useless full collection, at least; and as a factor of its duration. */
const LEAST_PAUSE_MS = 1_000;
const PAUSE_FACTOR = 20;

/** Notes this thread's heap figures. */
export class HeapWatch {
  private readonly vitals: Vitals;
  private readonly limitBytes: number;
  private lastAt = Number.NEGATIVE_INFINITY;
  private nextCollectionAt = Number.NEGATIVE_INFINITY;
  /** Bytes that a full collection left, once too many. */
  private overLimit = 0;

  /** @param limitMb heap and Buffers, in MiB; default: none */
  constructor(vitals: Vitals, limitMb = Number.POSITIVE_INFINITY) {
    this.vitals = vitals;
    this.limitBytes = limitMb * BYTES_PER_MB;
  }

  look(now: number): void {
    if (now - this.lastAt < EVERY_MS) return;
    this.lastAt = now;
    let figures = getHeapStatistics();
    if (this.overLimit === 0 && now >= this.nextCollectionAt && sizeOf(figures) > this.limitBytes) {
      collectGarbage();
      figures = getHeapStatistics();
      if (sizeOf(figures) > this.limitBytes) this.overLimit = sizeOf(figures);
      const tookMs = performance.now() - now;
      this.nextCollectionAt = now + Math.max(LEAST_PAUSE_MS, PAUSE_FACTOR * tookMs);
    }
    const { used_heap_size: used, heap_size_limit: limit, external_memory: external } = figures;
    this.vitals.note({ used, limit, external, overLimit: this.overLimit });
  }
}

function sizeOf({ used_heap_size: used, external_memory: external }: HeapInfo): number {
  return used + external;
}
