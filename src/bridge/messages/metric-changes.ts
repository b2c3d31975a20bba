import { isRecord } from './record.js';

/** Series per metric, over all threads. */
export const MOST_SERIES = 1_000;
export const MOST_METRICS = 200;
export const MOST_BOUNDS = 50;
export const LONGEST_LABEL = 200;

const MOST_LABELS = 10;
const LONGEST_HELP = 1_000;
const TYPES: readonly unknown[] = ['counter', 'gauge', 'histogram'];
/** Some names would meet the daemon's, and some suffixes those that a histogram or a counter adds. */
const NAME =
  /^(?!amqp_dispatcher_|process_)(?!.*_(?:total|bucket|sum|count|created|info)$)[a-zA-Z_][a-zA-Z0-9_]{0,199}$/;
/** Prometheus keeps names with `__` for itself. */
const LABEL = /^(?!__|le$|quantile$)[a-zA-Z_][a-zA-Z0-9_]{0,99}$/;

/** Changes of a consumer's metric on one thread since its last message. */
export interface MetricChange {
  /** Without `_total`. */
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  /** How gauges of several threads become one. */
  readonly across: 'sum' | 'max';
  /** Upper bounds of a histogram; otherwise empty. */
  readonly bounds: readonly number[];
  readonly series: readonly SeriesChange[];
  /** Why the thread left out values. */
  readonly leftOut?: 'series' | 'invalid';
}

export interface SeriesChange {
  /** In the order of their names. */
  readonly labels: Readonly<Record<string, string>>;
  /** The value of a gauge; otherwise the increase. */
  readonly value: number;
  /** Increase of each bucket of a histogram, and of the rest; otherwise empty. */
  readonly counts: readonly number[];
}

export function isMetricName(name: string): boolean {
  return NAME.test(name);
}

export function areMetricLabels(labels: Readonly<Record<string, unknown>>): labels is Readonly<Record<string, string>> {
  const entries = Object.entries(labels);
  if (entries.length > MOST_LABELS) return false;
  return entries.every(
    ([name, value]) => LABEL.test(name) && typeof value === 'string' && value.length <= LONGEST_LABEL,
  );
}

/** Finite and ascending. */
export function areBounds(bounds: readonly unknown[]): bounds is readonly number[] {
  if (bounds.length > MOST_BOUNDS) return false;
  let before = Number.NEGATIVE_INFINITY;
  for (const bound of bounds) {
    if (typeof bound !== 'number' || !Number.isFinite(bound) || bound <= before) return false;
    before = bound;
  }
  return true;
}

/** Checks the changes of a worker: user code can reach its port. */
export function areMetricChanges(value: unknown): value is readonly MetricChange[] {
  return isShortList(value, MOST_METRICS) && all(value, isMetricChange);
}

function isMetricChange(value: unknown): boolean {
  if (!isRecord(value)) return false;
  const { name, type, help, across, bounds, series, leftOut } = value;
  if (typeof name !== 'string' || !isMetricName(name) || !TYPES.includes(type)) return false;
  if (typeof help !== 'string' || help.length > LONGEST_HELP || (across !== 'sum' && across !== 'max')) return false;
  if (leftOut !== undefined && leftOut !== 'series' && leftOut !== 'invalid') return false;
  if (!isShortList(bounds, MOST_BOUNDS) || !areBounds(bounds)) return false;
  const counts = type === 'histogram' ? bounds.length + 1 : 0;
  return isShortList(series, MOST_SERIES) && all(series, (each) => isSeriesChange(each, type, counts));
}

function isSeriesChange(value: unknown, type: unknown, counts: number): boolean {
  if (!isRecord(value) || !isRecord(value.labels) || !areMetricLabels(value.labels)) return false;
  if (typeof value.value !== 'number' || !Number.isFinite(value.value)) return false;
  // A counter that goes backwards looks like a restart.
  if (type === 'counter' && value.value < 0) return false;
  return isShortList(value.counts, counts) && value.counts.length === counts && all(value.counts, isIncrease);
}

function isIncrease(value: unknown): boolean {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}

function isShortList(value: unknown, most: number): value is readonly unknown[] {
  return Array.isArray(value) && value.length <= most;
}

/** A loop, because `every` skips the holes of a sparse array. */
function all(values: readonly unknown[], is: (value: unknown) => boolean): boolean {
  for (const value of values) if (!is(value)) return false;
  return true;
}
