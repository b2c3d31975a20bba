import { getHeapStatistics } from 'node:v8';
import type { Vitals } from '../src/protocol/index.js';

/** Reading the figures takes a microsecond or two: seldom enough to cost nothing, often enough to be news. */
const EVERY_MS = 100;

/** Notes the heap figures of this thread while it works. */
export class HeapWatch {
  private readonly vitals: Vitals;
  private lastAt = Number.NEGATIVE_INFINITY;

  constructor(vitals: Vitals) {
    this.vitals = vitals;
  }

  look(now: number): void {
    if (now - this.lastAt < EVERY_MS) return;
    this.lastAt = now;
    const { used_heap_size: used, heap_size_limit: limit, external_memory: external } = getHeapStatistics();
    this.vitals.note(used, limit, external);
  }
}
