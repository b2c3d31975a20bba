/** The median of a few figures, and how far they spread. */
export interface Spread {
  readonly median: number;
  readonly lowest: number;
  readonly highest: number;
}

/** @throws RangeError for an empty list */
export function spreadOf(figures: readonly number[]): Spread {
  const sorted = figures.toSorted((left, right) => left - right);
  const middle = (sorted.length - 1) / 2;
  const [lowest, highest] = [sorted[0], sorted.at(-1)];
  const [below, above] = [sorted[Math.floor(middle)], sorted[Math.ceil(middle)]];
  if (lowest === undefined || highest === undefined || below === undefined || above === undefined) {
    throw new RangeError('there is no median of nothing');
  }
  return { median: (below + above) / 2, lowest, highest };
}
