import { DeliveryFeed } from '../../src/dispatch/delivery-events.js';
import { BrokerMetrics } from '../../src/metrics/broker-metrics.js';
import { EntryMetrics } from '../../src/metrics/entry-metrics.js';
import { LoopDelay, type MetricSources, readFamilies, ThreadMetrics, writeFamilies } from '../../src/metrics/index.js';
import { consumerConfig } from '../../test/unit/dispatch/consumer-config.js';
import type { Measured } from './clock.js';

/** A scrape on the main thread, from the counters to the bytes of the body. */

const ENTRIES = 200;
const QUICK_SECONDS = 0.02;

export function scrapeBenchmarks(): Measured[] {
  const sources = sourcesOf(ENTRIES);
  return [
    {
      name: `scrape: each of ${ENTRIES} entries, 65 lines`,
      messages: ENTRIES,
      run: () => {
        // A busy daemon: nothing is as it was at the scrape before.
        for (const { metrics } of sources.entries) {
          metrics.process.observe(QUICK_SECONDS);
          metrics.wait.observe(QUICK_SECONDS);
        }
        Buffer.from(writeFamilies(readFamilies(sources), 'prometheus'));
      },
    },
  ];
}

function sourcesOf(count: number): MetricSources {
  const entries = Array.from({ length: count }, (_, index) => observed(`queue-${index}`));
  return {
    entries,
    connection: {
      isConnected: true,
      subscribed: entries.map(() => true),
      paused: entries.map(() => false),
      prefetches: entries.map(() => 10),
      server: undefined,
    },
    publisher: { isConnected: true, isBlocked: false },
    groups: () => [{ name: 'shared', threads: [], loops: [] }],
    broker: new BrokerMetrics(),
    threads: new ThreadMetrics(['shared']),
    consumers: { families: () => [] },
    loopDelay: new LoopDelay(),
    version: 'micro',
    nowMs: () => performance.now(),
  };
}

function observed(queue: string): MetricSources['entries'][number] {
  return {
    entry: { ...consumerConfig(queue, 1), queue },
    label: queue,
    slots: [],
    flow: { awaitingOutcome: 0 },
    log: { suppressed: 0 },
    metrics: new EntryMetrics({
      feed: new DeliveryFeed(),
      isBatch: false,
      nowMs: () => performance.now(),
      wallMs: Date.now,
    }),
  };
}
