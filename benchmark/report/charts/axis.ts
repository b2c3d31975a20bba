/** The steps that axes are divided by, times a power of ten. */
const STEPS = [1, 2, 5, 10];

/** Round figures from 0 up to one that is at least as large as the largest, in about so many steps. */
export function ticksUpTo(largest: number, parts: number): number[] {
  const step = stepFor(largest, parts);
  const count = Math.ceil(largest / step - 1e-9);
  // Not summed up: 0.1 three times is not 0.3.
  return Array.from({ length: count + 1 }, (_, index) => Number((index * step).toPrecision(12)));
}

function stepFor(range: number, parts: number): number {
  const rough = range / parts;
  const power = 10 ** Math.floor(Math.log10(rough));
  return power * (STEPS.find((step) => step * power >= rough) ?? 10);
}
