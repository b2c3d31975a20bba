/** The expected form; completes the sentence "expected …". */
export const RATE_EXPECTED = 'a rate such as 50/s, 100/m or 1000/h, more than 0';

/** The pattern in the published schema. */
export const RATE_PATTERN = /^(?=.*[1-9])\d{1,9}(?:\.\d{1,3})?\/(?:s|m|h)$/;

const SECONDS = { s: 1, m: 60, h: 3_600 } as const;

/** Writes a rate as the file and `set` take it: `50/s`, `100/m`; `off` without one. */
export function writeRate(perSecond: number | undefined): string {
  if (perSecond === undefined) return 'off';
  const written = (unit: keyof typeof SECONDS): string =>
    `${Math.round(perSecond * SECONDS[unit] * 1_000) / 1_000}/${unit}`;
  // The first that loses nothing.
  return [written('s'), written('m')].find((each) => parseRate(each) === perSecond) ?? written('h');
}

/** Converts a valid rate to messages per second. */
export function parseRate(written: string): number {
  const [count, unit] = written.split('/');
  return Number(count) / SECONDS[unit === 'm' || unit === 'h' ? unit : 's'];
}
