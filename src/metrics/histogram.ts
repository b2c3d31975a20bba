/** The state of a histogram at a scrape. */
export interface HistogramValue {
  /** Upper bounds, ascending, without infinity. */
  readonly bounds: readonly number[];
  /** Observations up to each bound, in the order of `bounds`. */
  readonly cumulative: readonly number[];
  readonly count: number;
  readonly sum: number;
}

/** Counts observations by bucket, in plain numbers: one observation costs a search among a dozen of them. */
export class Histogram {
  private readonly bounds: readonly number[];
  /** The last one counts all above the highest bound. */
  private readonly counts: Float64Array;
  private sum = 0;

  /** @param bounds upper bounds, ascending */
  constructor(bounds: readonly number[]) {
    this.bounds = bounds;
    this.counts = new Float64Array(bounds.length + 1);
  }

  observe(value: number): void {
    const { bounds, counts } = this;
    let at = 0;
    while (at < bounds.length && value > (bounds[at] ?? 0)) at++;
    counts[at] = (counts[at] ?? 0) + 1;
    this.sum += value;
  }

  /** Adds the number of observations in each bucket to `into`, which has one more place than there are bounds. */
  addTo(into: Float64Array): void {
    for (let at = 0; at < this.counts.length; at++) into[at] = (into[at] ?? 0) + (this.counts[at] ?? 0);
  }

  read(): HistogramValue {
    let count = 0;
    const cumulative = this.bounds.map((_, at) => (count += this.counts[at] ?? 0));
    return { bounds: this.bounds, cumulative, count: count + (this.counts.at(-1) ?? 0), sum: this.sum };
  }
}

/** Seconds, from a fast consumer to RabbitMQ's default consumer timeout of 30 minutes. */
export const DURATION_BOUNDS: readonly number[] = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800,
];

/** Messages per call of `consume`. */
export const BATCH_BOUNDS: readonly number[] = [1, 2, 5, 10, 25, 50, 100, 250, 500, 1_000, 10_000];
