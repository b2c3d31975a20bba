import { EntryMetrics, type ObservedEntry } from '../../../src/metrics/index.js';
import type { Bench } from '../dispatch/bench.js';
import { consumerConfig } from '../dispatch/consumer-config.js';

/** An entry that consumes on a bench, and its metrics. */
export function observedEntry(bench: Bench, nowMs: () => number): ObservedEntry {
  return {
    entry: { ...consumerConfig('Email', 1), queue: 'mail' },
    label: 'Email',
    flow: bench.flow,
    slots: bench.slots,
    log: { suppressed: 0 },
    metrics: new EntryMetrics({ feed: bench.feed, isBatch: false, nowMs, wallMs: () => 0 }),
  };
}
