/** Labels of one value; numbers and booleans become text, and values are cut to 200 characters. */
export type MetricLabels = Readonly<Record<string, string | number | boolean>>;

export interface MetricOptions {
  /** Shown beside the metric. Default: none. */
  readonly help?: string;
}

export interface GaugeOptions extends MetricOptions {
  /** How the values of several threads become one. Default `sum`. */
  readonly across?: 'sum' | 'max';
}

export interface HistogramOptions extends MetricOptions {
  /** Upper bounds, ascending, at most 50. Default: 1 ms to 30 minutes in seconds. */
  readonly buckets?: readonly number[];
}

/** A number that only grows. */
export interface Counter {
  /** @param by 0 or more; default 1 */
  add(by?: number, labels?: MetricLabels): void;
}

/** A number that goes up and down. */
export interface Gauge {
  set(value: number, labels?: MetricLabels): void;
  /** @param by may be negative */
  add(by: number, labels?: MetricLabels): void;
}

/** Counts values by size. */
export interface Histogram {
  observe(value: number, labels?: MetricLabels): void;
}

/**
 * Metrics of your own, in the daemon's `/metrics`. A name has letters, digits and `_`, and none of `amqp_dispatcher_` and
 * `process_` in front; the same name gives the same metric, on every thread. A call with a wrong value never throws: the
 * daemon leaves it out and warns once.
 */
export interface ConsumerMetrics {
  /** `_total` is added to its name. @throws DispatcherError `METRIC_INVALID`, as the others do */
  counter(name: string, options?: MetricOptions): Counter;
  gauge(name: string, options?: GaugeOptions): Gauge;
  histogram(name: string, options?: HistogramOptions): Histogram;
}
