/**
 * The smallest figure that at least so many percent of all do not exceed (nearest rank): one that was measured, and none
 * in between.
 * @throws RangeError for no figures at all
 */
export function percentile(figures: readonly number[], percent: number): number {
  const sorted = figures.toSorted((left, right) => left - right);
  const figure = sorted[Math.max(0, Math.ceil((sorted.length * percent) / 100) - 1)];
  if (figure === undefined) throw new RangeError('there is no percentile of nothing');
  return figure;
}
