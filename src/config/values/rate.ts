/** The expected form; completes the sentence "expected …". */
export const RATE_EXPECTED = 'a rate such as 50/s, 100/m or 1000/h, more than 0';

/** The pattern in the published schema. */
export const RATE_PATTERN = /^(?=.*[1-9])\d{1,9}(?:\.\d{1,3})?\/(?:s|m|h)$/;

const SECONDS = { s: 1, m: 60, h: 3_600 } as const;

/** Converts a valid rate to messages per second. */
export function parseRate(written: string): number {
  const [count, unit] = written.split('/');
  return Number(count) / SECONDS[unit === 'm' || unit === 'h' ? unit : 's'];
}
