import type { Logger } from 'pino';
import { type MetricChange, MOST_METRICS, MOST_SERIES, type SeriesChange } from '../bridge/index.js';
import type { Family } from './exposition/exposition.js';

interface Series {
  readonly labels: SeriesChange['labels'];
  value: number;
  readonly counts: number[];
  /** Of a gauge: the value of each session that has one. */
  readonly bySource: Map<object, number>;
}

interface Metric {
  readonly definition: MetricChange;
  readonly series: Map<string, Series>;
}

/**
 * The consumers' own metrics, added up over all threads. Counters and histograms keep what a dead thread counted; gauges
 * forget its values.
 */
export class ConsumerMetrics {
  private readonly logger: Logger;
  private readonly metrics = new Map<string, Metric>();
  /** Metrics with a warning. */
  private readonly told = new Set<string>();

  constructor(logger: Logger) {
    this.logger = logger;
  }

  /** @param source the session that they come from */
  receive(source: object, changes: readonly MetricChange[]): void {
    for (const change of changes) {
      const metric = this.metricOf(change);
      if (metric === undefined) continue;
      if (change.leftOut === 'invalid') this.warn(change, 'a value or label is invalid');
      if (change.leftOut === 'series') this.warnOfSeries(change);
      for (const each of change.series) this.apply(source, metric, each);
    }
  }

  /** The session has ended, and its gauges with it. */
  gone(source: object): void {
    for (const { definition, series } of this.metrics.values()) {
      if (definition.type !== 'gauge') continue;
      for (const each of series.values()) if (each.bySource.delete(source)) addUp(each, definition);
    }
  }

  families(): readonly Family[] {
    return [...this.metrics.values()].map(({ definition, series }) => {
      const { name, help, type, bounds } = definition;
      const all = [...series.values()];
      if (type !== 'histogram')
        return { name, help, type, samples: all.map(({ labels, value }) => ({ labels, value })) };
      const samples = all.map(({ labels, value, counts }) => {
        let count = 0;
        const cumulative = bounds.map((_, at) => (count += counts[at] ?? 0));
        return { labels, value: { bounds, cumulative, count: count + (counts.at(-1) ?? 0), sum: value } };
      });
      return { name, help, type, samples };
    });
  }

  private metricOf(change: MetricChange): Metric | undefined {
    const { name, type, bounds } = change;
    const known = this.metrics.get(name);
    if (known !== undefined) {
      const { definition } = known;
      if (definition.type === type && JSON.stringify(definition.bounds) === JSON.stringify(bounds)) return known;
      return this.warn(change, `consumers define it as ${definition.type} and as ${type}, or with other buckets`);
    }
    if (this.metrics.size === MOST_METRICS) return this.warn(change, `there are ${MOST_METRICS} metrics already`);
    const metric: Metric = { definition: { ...change, series: [] }, series: new Map() };
    this.metrics.set(name, metric);
    return metric;
  }

  private apply(source: object, { definition, series }: Metric, { labels, value, counts }: SeriesChange): void {
    const key = JSON.stringify(labels);
    let known = series.get(key);
    if (known === undefined) {
      if (series.size === MOST_SERIES) return this.warnOfSeries(definition);
      known = { labels, value: 0, counts: counts.map(() => 0), bySource: new Map() };
      series.set(key, known);
    }
    if (definition.type === 'gauge') {
      known.bySource.set(source, value);
      return addUp(known, definition);
    }
    known.value += value;
    for (const [at, count] of counts.entries()) known.counts[at] = (known.counts[at] ?? 0) + count;
  }

  private warnOfSeries(change: MetricChange): void {
    this.warn(change, `it has more than ${MOST_SERIES} series`);
  }

  /** Once for each metric; names are the user's choice, so their number is bounded, too. */
  private warn({ name }: MetricChange, why: string): undefined {
    if (this.told.has(name) || this.told.size === MOST_METRICS) return undefined;
    this.told.add(name);
    this.logger.warn({ metric: name }, `metric ${name} is incomplete: ${why}`);
    return undefined;
  }
}

/** With no session left, a sum is 0, and a maximum stays. */
function addUp(series: Series, { across }: MetricChange): void {
  const values = [...series.bySource.values()];
  if (across === 'sum') series.value = values.reduce((sum, each) => sum + each, 0);
  else if (values.length > 0) series.value = Math.max(...values);
}
