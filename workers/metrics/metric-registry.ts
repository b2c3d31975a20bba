import { performance } from 'node:perf_hooks';
import { areBounds, isMetricName, type MetricChange, MOST_METRICS } from '../../src/bridge/index.js';
import type {
  ConsumerMetrics,
  Counter,
  Gauge,
  GaugeOptions,
  Histogram,
  HistogramOptions,
  MetricOptions,
} from '../../src/consumer-api/index.js';
import { ConsumerError } from '../../src/errors/index.js';
import { type MetricDefinition, MetricSeries } from './metric-series.js';

const EVERY_MS = 1_000;
const LONGEST_HELP = 1_000;
const DURATIONS: readonly number[] = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800,
];

/** The consumers' metrics of one thread; their changes go out at most once a second. */
export class MetricRegistry implements ConsumerMetrics {
  private readonly metrics = new Map<string, MetricSeries>();
  private readonly post: () => void;
  private hasChanged = false;
  private sentAtMs = Number.NEGATIVE_INFINITY;
  private timer: NodeJS.Timeout | undefined;

  /** @param post called when changes are due and no batch took them */
  constructor(post: () => void) {
    this.post = post;
  }

  counter(name: string, options: MetricOptions = {}): Counter {
    const series = this.define({ ...defaults(options), name: name.replace(/_total$/, ''), type: 'counter' });
    return { add: (by = 1, labels = {}) => series.increase(by, labels) };
  }

  gauge(name: string, options: GaugeOptions = {}): Gauge {
    const { across = 'sum' } = options;
    const series = this.define({ ...defaults(options), name, type: 'gauge', across });
    return {
      set: (value, labels = {}) => series.set(value, labels),
      add: (by, labels = {}) => series.increase(by, labels),
    };
  }

  histogram(name: string, options: HistogramOptions = {}): Histogram {
    const bounds = [...(options.buckets ?? DURATIONS)];
    if (bounds.length === 0 || !areBounds(bounds)) {
      throw invalid(name, 'its buckets must be 1 to 50 finite numbers in ascending order');
    }
    const series = this.define({ ...defaults(options), name, type: 'histogram', bounds });
    return { observe: (value, labels = {}) => series.observe(value, labels) };
  }

  /** The changes if they are due; undefined otherwise. */
  takeDue(): readonly MetricChange[] | undefined {
    if (!this.hasChanged || performance.now() - this.sentAtMs < EVERY_MS) return undefined;
    return this.take();
  }

  /** Makes all changes due, because the session ends. */
  end(): void {
    this.sentAtMs = Number.NEGATIVE_INFINITY;
  }

  private take(): readonly MetricChange[] {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.hasChanged = false;
    this.sentAtMs = performance.now();
    return [...this.metrics.values()].map((series) => series.take()).filter((change) => change !== undefined);
  }

  private changed(): void {
    this.hasChanged = true;
    if (this.timer !== undefined) return;
    this.timer = setTimeout(() => {
      this.timer = undefined;
      this.end();
      this.post();
    }, EVERY_MS);
    this.timer.unref();
  }

  private define(definition: MetricDefinition): MetricSeries {
    const { name, type } = definition;
    if (typeof name !== 'string' || !isMetricName(name)) {
      const rule = 'letters, digits and _; not amqp_dispatcher_… or process_…, and no suffix such as _sum or _count';
      throw invalid(name, `a name has ${rule}`);
    }
    const known = this.metrics.get(name);
    if (known !== undefined) {
      const { definition: first } = known;
      if (first.type !== type) throw invalid(name, `it is a ${first.type} already`);
      if (JSON.stringify(first.bounds) !== JSON.stringify(definition.bounds))
        throw invalid(name, 'it has other buckets');
      return known;
    }
    if (this.metrics.size === MOST_METRICS) throw invalid(name, `there are ${MOST_METRICS} metrics already`);
    const series = new MetricSeries(definition, () => this.changed());
    this.metrics.set(name, series);
    return series;
  }
}

function defaults({ help = '' }: MetricOptions): Pick<MetricDefinition, 'help' | 'across' | 'bounds'> {
  return { help: help.slice(0, LONGEST_HELP), across: 'sum', bounds: [] };
}

function invalid(name: unknown, why: string): ConsumerError {
  return new ConsumerError('METRIC_INVALID', `metric ${JSON.stringify(name)}: ${why}`);
}
