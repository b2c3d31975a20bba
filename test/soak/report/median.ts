/** The middle one; undefined of nothing. */
export function median(figures: readonly number[]): number | undefined {
  return figures.toSorted((left, right) => left - right)[Math.floor(figures.length / 2)];
}
