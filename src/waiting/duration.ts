/** How a duration is written; ends the sentence "expected …". */
export const DURATION_EXPECTED = 'a duration such as 500ms, 30s, 5m or 1h, or a whole number of milliseconds';

/** A duration with its unit, as the published schema shows it. */
export const DURATION_PATTERN = /^\d+(?:ms|s|m|h)$/;

/** Beyond this a Node.js timer overflows and fires at once, so a longer duration would mean "immediately". */
export const LONGEST_DURATION_MS = 2 ** 31 - 1;

/** The milliseconds of `500ms`, `30s`, `5m`, `1h`, or of a whole number of milliseconds; undefined for anything else. */
export function durationMs(written: string | number): number | undefined {
  const match = /^(\d+)(ms|s|m|h)?$/.exec(String(written));
  if (match === null) return undefined;
  const ms = Number(match[1]) * unitMs(match[2]);
  return ms <= LONGEST_DURATION_MS ? ms : undefined;
}

function unitMs(unit: string | undefined): number {
  if (unit === 'h') return 3_600_000;
  if (unit === 'm') return 60_000;
  return unit === 's' ? 1000 : 1;
}
