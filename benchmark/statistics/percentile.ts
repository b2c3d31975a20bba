/**
 * The percentile by nearest rank: always a measured figure, never one in between.
 * @throws RangeError for an empty list
 */
export function percentile(figures: readonly number[], percent: number): number {
  const sorted = figures.toSorted((left, right) => left - right);
  const figure = sorted[Math.max(0, Math.ceil((sorted.length * percent) / 100) - 1)];
  if (figure === undefined) throw new RangeError('there is no percentile of nothing');
  return figure;
}
