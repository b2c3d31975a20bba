/** Counts the observations of a histogram in its last samples, by bucket. */
export class RecentDurations {
  /** Counts since the start, a ring: the place after the newest holds the oldest. */
  private readonly samples: readonly Float64Array[];
  private taken = 0;

  /** @param periods how many samples back the counts reach */
  constructor(periods: number, buckets: number) {
    this.samples = Array.from({ length: periods + 1 }, () => new Float64Array(buckets));
  }

  /** @param histogram what has been observed since the start */
  sample(histogram: { addTo(into: Float64Array): void }): void {
    const newest = this.at(this.taken++);
    newest.fill(0);
    histogram.addTo(newest);
  }

  /** Adds the counts between the oldest sample and the newest to `into`. */
  addTo(into: Float64Array): void {
    if (this.taken < 2) return;
    const newest = this.at(this.taken - 1);
    const oldest = this.at(Math.max(0, this.taken - this.samples.length));
    for (let at = 0; at < into.length; at++) into[at] = (into[at] ?? 0) + (newest[at] ?? 0) - (oldest[at] ?? 0);
  }

  private at(number: number): Float64Array {
    const sample = this.samples[number % this.samples.length];
    if (sample === undefined) throw new RangeError('there is no such sample');
    return sample;
  }
}

/**
 * Estimates a quantile from counts by bucket, as if the observations of a bucket were spread evenly over it. Those above
 * the highest bound count as that bound. Returns null if there are no observations.
 *
 * @param bounds upper bounds, ascending; the last count is of all above them
 */
export function quantile(counts: Float64Array, bounds: readonly number[], portion: number): number | null {
  let all = 0;
  for (const count of counts) all += count;
  if (all === 0) return null;
  const rank = portion * all;
  let below = 0;
  let lower = 0;
  for (let at = 0; at < bounds.length; at++) {
    const upper = bounds[at] ?? lower;
    const count = counts[at] ?? 0;
    if (count > 0 && below + count >= rank) return lower + ((rank - below) / count) * (upper - lower);
    below += count;
    lower = upper;
  }
  return lower;
}
