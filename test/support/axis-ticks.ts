/** The steps that axes are divided by, times a power of ten. */
const STEPS = [1, 2, 5, 10];

/** Round values from 0 to at least the largest, in about so many steps. */
export function ticksUpTo(largest: number, parts: number): number[] {
  const step = stepFor(largest, parts);
  const count = Math.ceil(largest / step - 1e-9);
  // Multiplied, not added up: 0.1 + 0.1 + 0.1 is not 0.3.
  return Array.from({ length: count + 1 }, (_, index) => Number((index * step).toPrecision(12)));
}

/** The round step that divides a range into about so many parts. */
export function stepFor(range: number, parts: number): number {
  const rough = range / parts;
  const power = 10 ** Math.floor(Math.log10(rough));
  return power * (STEPS.find((step) => step * power >= rough) ?? 10);
}
