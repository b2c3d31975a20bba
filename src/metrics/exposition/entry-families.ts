import { type EntryMetrics, FAILURE_REASONS, OUTCOMES } from '../entry-metrics.js';
import { holdingsOf, type ObservedEntry } from '../holdings.js';
import { counter, type Family, gauge, histogram, LabelText } from './exposition.js';
import type { MetricSources } from './families.js';

/** Of the deliveries of each entry. */
export function entryFamilies(sources: MetricSources): readonly Family[] {
  const entries = sources.entries.map((source) => ({ source, labels: labelsOf(source) }));
  return [...entryCounters(entries), ...entryGauges(sources, entries), ...entryHistograms(entries)];
}

interface Entry {
  readonly source: ObservedEntry;
  readonly labels: EntryLabels;
}

/** The labels of one entry's series, made at the first scrape. */
class EntryLabels {
  readonly own: LabelText;
  readonly first: LabelText;
  readonly redelivered: LabelText;
  readonly outcomes;
  readonly reasons;

  constructor({ entry, label }: ObservedEntry) {
    const own = { queue: entry.queue, consumer: label };
    this.own = new LabelText(own);
    this.first = new LabelText({ ...own, redelivered: 'false' });
    this.redelivered = new LabelText({ ...own, redelivered: 'true' });
    this.outcomes = OUTCOMES.map((outcome) => ({ outcome, labels: new LabelText({ ...own, outcome }) }));
    this.reasons = FAILURE_REASONS.map((reason) => ({ reason, labels: new LabelText({ ...own, reason }) }));
  }
}

const known = new WeakMap<ObservedEntry, EntryLabels>();

function labelsOf(source: ObservedEntry): EntryLabels {
  let labels = known.get(source);
  if (labels === undefined) known.set(source, (labels = new EntryLabels(source)));
  return labels;
}

function entryCounters(entries: readonly Entry[]): Family[] {
  return [
    counter(
      'deliveries',
      'Deliveries received from the broker',
      entries.flatMap(({ source: { metrics }, labels }) => [
        { labels: labels.first, value: metrics.deliveries.first },
        { labels: labels.redelivered, value: metrics.deliveries.redelivered },
      ]),
    ),
    counter(
      'messages',
      'Deliveries by how they ended: answered by the consumer, or moved on after a failure',
      entries.flatMap(({ source: { metrics }, labels: { outcomes } }) =>
        outcomes.map(({ outcome, labels }) => ({ labels, value: metrics.outcomes[outcome] })),
      ),
    ),
    counter(
      'message_failures',
      'Failed deliveries by reason; soft_timeout only aborts the signal',
      entries.flatMap(({ source: { metrics }, labels: { reasons } }) =>
        reasons.map(({ reason, labels }) => ({ labels, value: metrics.failures[reason] })),
      ),
    ),
    counter('log_lines_suppressed', 'Log lines about failures that share the line of an equal failure', [
      { labels: {}, value: entries.reduce((sum, { source }) => sum + source.log.suppressed, 0) },
    ]),
  ];
}

function entryGauges({ connection, nowMs }: MetricSources, entries: readonly Entry[]): Family[] {
  const now = nowMs();
  const { subscribed, paused, prefetches } = connection;
  const states = entries.map(({ source, labels }, index) => ({
    labels: labels.own,
    ...holdingsOf(source, now),
    prefetch: prefetches[index] ?? 0,
    isSubscribed: subscribed[index] === true,
    isPaused: paused[index] === true,
    lastMs: source.metrics.lastMessageAtMs,
  }));
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

function entryHistograms(entries: readonly Entry[]): Family[] {
  const of = (
    name: string,
    help: string,
    read: (metrics: EntryMetrics) => EntryMetrics['process'],
    meant = entries,
  ): Family =>
    histogram(
      name,
      help,
      meant.map(({ source, labels }) => ({ labels: labels.own, value: read(source.metrics).read() })),
    );
  const batches = entries.filter(({ source }) => source.entry.batch !== undefined);
  return [
    of('process_duration_seconds', 'Time from the start of consume to its end', ({ process }) => process),
    of('wait_duration_seconds', 'Time from the arrival of a message to the start of its consume', ({ wait }) => wait),
    of('batch_size', 'Messages per call of consume', ({ batchSize }) => batchSize, batches),
  ];
}
