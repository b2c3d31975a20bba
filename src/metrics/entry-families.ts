import { type EntryMetrics, FAILURE_REASONS, OUTCOMES } from './entry-metrics.js';
import { counter, type Family, gauge, histogram, type Labels } from './exposition.js';
import type { MetricSources } from './families.js';
import { holdingsOf, type ObservedEntry } from './holdings.js';

/** Of the deliveries of each entry. */
export function entryFamilies(sources: MetricSources): readonly Family[] {
  return [...entryCounters(sources), ...entryGauges(sources), ...entryHistograms(sources)];
}

function labelsOf({ entry, label }: ObservedEntry): Labels {
  return { queue: entry.queue, consumer: label };
}

function entryCounters({ entries }: MetricSources): Family[] {
  return [
    counter(
      'deliveries',
      'Deliveries received from the broker',
      entries.flatMap((entry) => [
        { labels: { ...labelsOf(entry), redelivered: 'false' }, value: entry.metrics.deliveries.first },
        { labels: { ...labelsOf(entry), redelivered: 'true' }, value: entry.metrics.deliveries.redelivered },
      ]),
    ),
    counter(
      'messages',
      'Deliveries by how they ended: answered by the consumer, or moved on after a failure',
      entries.flatMap((entry) =>
        OUTCOMES.map((outcome) => ({
          labels: { ...labelsOf(entry), outcome },
          value: entry.metrics.outcomes[outcome],
        })),
      ),
    ),
    counter(
      'message_failures',
      'Failed deliveries by reason; soft_timeout only aborts the signal',
      entries.flatMap((entry) =>
        FAILURE_REASONS.map((reason) => ({
          labels: { ...labelsOf(entry), reason },
          value: entry.metrics.failures[reason],
        })),
      ),
    ),
    counter('log_lines_suppressed', 'Log lines about failures that share the line of an equal failure', [
      { labels: {}, value: entries.reduce((sum, { log }) => sum + log.suppressed, 0) },
    ]),
  ];
}

function entryGauges({ entries, connection, nowMs }: MetricSources): Family[] {
  const now = nowMs();
  const { subscribed, paused, prefetches } = connection;
  const states = entries.map((source, index) => {
    const { metrics } = source;
    return {
      labels: labelsOf(source),
      ...holdingsOf(source, now),
      prefetch: prefetches[index] ?? 0,
      isSubscribed: subscribed[index] === true,
      isPaused: paused[index] === true,
      lastMs: metrics.lastMessageAtMs,
    };
  });
  type State = (typeof states)[number];
  const of = (name: string, help: string, value: (state: State) => number): Family =>
    gauge(
      name,
      help,
      states.map((state) => ({ labels: state.labels, value: value(state) })),
    );
  return [
    of('running', 'Messages whose consume has begun and not ended', ({ running }) => running),
    of('waiting', 'Messages in this process whose consume has not begun', ({ waiting }) => waiting),
    of('unanswered', 'Messages that the broker awaits an answer to', ({ unanswered }) => unanswered),
    of('prefetch', 'Unanswered messages that the broker may send', ({ prefetch }) => prefetch),
    of('instances', 'Consumer instances', ({ instances }) => instances),
    of('instances_busy', 'Consumer instances that run a message', ({ busy }) => busy),
    of(
      'oldest_running_seconds',
      'How long the oldest running message has run; 0 if none runs',
      ({ oldestMs }) => oldestMs / 1_000,
    ),
    of('subscribed', '1 while the broker delivers to this entry', ({ isSubscribed }) => (isSubscribed ? 1 : 0)),
    of('paused', '1 while an operator has paused this entry', ({ isPaused }) => (isPaused ? 1 : 0)),
    of(
      'last_message_timestamp_seconds',
      'When a message last ended; 0 before the first',
      ({ lastMs }) => (lastMs ?? 0) / 1_000,
    ),
  ];
}

function entryHistograms({ entries }: MetricSources): Family[] {
  const of = (
    name: string,
    help: string,
    read: (metrics: EntryMetrics) => EntryMetrics['process'],
    meant = entries,
  ): Family =>
    histogram(
      name,
      help,
      meant.map((source) => ({ labels: labelsOf(source), value: read(source.metrics).read() })),
    );
  const batches = entries.filter(({ entry }) => entry.batch !== undefined);
  return [
    of('process_duration_seconds', 'Time from the start of consume to its end', ({ process }) => process),
    of('wait_duration_seconds', 'Time from the arrival of a message to the start of its consume', ({ wait }) => wait),
    of('batch_size', 'Messages per call of consume', ({ batchSize }) => batchSize, batches),
  ];
}
