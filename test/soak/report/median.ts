/** Undefined for an empty list. */
export function median(figures: readonly number[]): number | undefined {
  return figures.toSorted((left, right) => left - right)[Math.floor(figures.length / 2)];
}
