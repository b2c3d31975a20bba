import { DeliveryFeed } from '../../../src/dispatch/delivery-events.js';
import { BrokerMetrics } from '../../../src/metrics/broker-metrics.js';
import { EntryMetrics } from '../../../src/metrics/entry-metrics.js';
import { LoopDelay, type MetricSources, ThreadMetrics } from '../../../src/metrics/index.js';
import { consumerConfig } from '../dispatch/consumer-config.js';

const HOSTILE = 'a "b" \\ c\nd';

/** Two entries that have done something, one with batches and a name that needs escapes. */
export function smallRegistry(): MetricSources {
  const [plain, batches] = [entryMetrics(false), entryMetrics(true)];
  plain.deliveries.first = 12;
  plain.deliveries.redelivered = 2;
  plain.outcomes.ack = 9;
  plain.outcomes.dead = 1;
  plain.failures.throw = 3;
  plain.lastMessageAtMs = 1_700_000_000_500;
  for (const seconds of [0.001, 0.25, 3, 7_200]) plain.process.observe(seconds);
  for (const seconds of [0.0005, 40]) batches.wait.observe(seconds);
  batches.batchSize.observe(25);
  const broker = new BrokerMetrics();
  broker.publishes.confirmed = 4;
  broker.confirm.observe(0.03);
  return {
    entries: [
      observed('email', 'Email', plain),
      {
        ...observed(HOSTILE, HOSTILE, batches),
        entry: { ...consumerConfig(HOSTILE, 1), batch: { size: 50, waitMs: 9 } },
      },
    ],
    connection: {
      isConnected: true,
      subscribed: [true, false],
      paused: [false, true],
      prefetches: [20, 1],
      server: undefined,
    },
    publisher: { isConnected: false, isBlocked: true },
    groups: () => [{ name: 'shared', threads: [], loops: [] }],
    broker,
    threads: new ThreadMetrics(['shared']),
    consumers: {
      families: () => [
        { name: 'shop_amount', help: 'Amounts', type: 'gauge', samples: [{ labels: { kind: HOSTILE }, value: -1.5 }] },
      ],
    },
    loopDelay: new LoopDelay(),
    version: '1.0.0',
    nowMs: () => 0,
  };
}

function entryMetrics(isBatch: boolean): EntryMetrics {
  return new EntryMetrics({ feed: new DeliveryFeed(), isBatch, nowMs: () => 0, wallMs: () => 0 });
}

function observed(queue: string, label: string, metrics: EntryMetrics): MetricSources['entries'][number] {
  return {
    entry: { ...consumerConfig(queue, 1), queue },
    label,
    slots: [],
    flow: { awaitingOutcome: 1 },
    log: { suppressed: 5 },
    metrics,
  };
}
