import { areMetricLabels, LONGEST_LABEL, type MetricChange, MOST_SERIES } from '../../src/bridge/index.js';
import type { MetricLabels } from '../../src/consumer-api/index.js';

/** One metric on this thread. */
export type MetricDefinition = Pick<MetricChange, 'name' | 'type' | 'help' | 'across' | 'bounds'>;

interface Series {
  readonly labels: Readonly<Record<string, string>>;
  value: number;
  readonly counts: number[];
  hasChanged: boolean;
}

/** The values of a consumer's metric on this thread, and what has changed since they were last taken. */
export class MetricSeries {
  readonly definition: MetricDefinition;
  private readonly onChange: () => void;
  private readonly series = new Map<string, Series>();
  private readonly changed: Series[] = [];
  private leftOut: MetricChange['leftOut'];

  constructor(definition: MetricDefinition, onChange: () => void) {
    this.definition = definition;
    this.onChange = onChange;
  }

  increase(by: number, labels: MetricLabels): void {
    if (by < 0 && this.definition.type === 'counter') this.leave('invalid');
    else this.change(labels, (series) => series.value + by);
  }

  set(value: number, labels: MetricLabels): void {
    this.change(labels, () => value);
  }

  observe(value: number, labels: MetricLabels): void {
    const series = this.change(labels, (each) => each.value + value);
    if (series === undefined) return;
    const { bounds } = this.definition;
    let at = 0;
    while (at < bounds.length && value > (bounds[at] ?? 0)) at++;
    series.counts[at] = (series.counts[at] ?? 0) + 1;
  }

  /** Undefined if nothing has changed. */
  take(): MetricChange | undefined {
    const { definition, leftOut } = this;
    if (this.changed.length === 0 && leftOut === undefined) return undefined;
    const series = this.changed.splice(0).map((each) => {
      const { labels, value } = each;
      const counts = [...each.counts];
      each.hasChanged = false;
      each.counts.fill(0);
      // The main thread adds up increases; a gauge goes on from its value.
      if (definition.type !== 'gauge') each.value = 0;
      return { labels, value, counts };
    });
    this.leftOut = undefined;
    return { ...definition, series, ...(leftOut !== undefined && { leftOut }) };
  }

  /** Undefined if it leaves the value out: NaN, text, or a sum that is no number any more. */
  private change(labels: MetricLabels, valueOf: (series: Series) => number): Series | undefined {
    const sorted = textOf(labels);
    const key = JSON.stringify(sorted);
    const series = this.series.get(key) ?? this.open(key, sorted);
    if (series === undefined) return undefined;
    const value = valueOf(series);
    if (!Number.isFinite(value)) return this.leave('invalid');
    series.value = value;
    if (series.hasChanged) return series;
    series.hasChanged = true;
    this.changed.push(series);
    this.onChange();
    return series;
  }

  private open(key: string, labels: Readonly<Record<string, string>>): Series | undefined {
    if (!areMetricLabels(labels)) return this.leave('invalid');
    if (this.series.size === MOST_SERIES) return this.leave('series');
    const { type, bounds } = this.definition;
    const counts = type === 'histogram' ? Array.from({ length: bounds.length + 1 }, () => 0) : [];
    const series: Series = { labels, value: 0, counts, hasChanged: false };
    this.series.set(key, series);
    return series;
  }

  private leave(why: NonNullable<MetricChange['leftOut']>): undefined {
    if (this.leftOut !== undefined) return undefined;
    this.leftOut = why;
    this.onChange();
    return undefined;
  }
}

/** In the order of their names, so that the order of the call does not matter. */
function textOf(labels: MetricLabels): Readonly<Record<string, string>> {
  const entries = Object.entries(labels).map(([name, value]) => [name, String(value).slice(0, LONGEST_LABEL)] as const);
  return Object.fromEntries(entries.toSorted(([left], [right]) => (left < right ? -1 : 1)));
}
