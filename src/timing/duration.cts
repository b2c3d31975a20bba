/** Completes the sentence "expected …". */
export const DURATION_EXPECTED = 'a duration such as 500ms, 30s, 5m or 1h, or a whole number of milliseconds';

/** The pattern in the published schema. */
export const DURATION_PATTERN = /^\d+(?:ms|s|m|h)$/;

/** A longer Node.js timer fires at once. */
export const LONGEST_DURATION_MS = 2 ** 31 - 1;

/** Parses `500ms`, `30s`, `5m`, `1h` or whole milliseconds; undefined for anything else. */
export function durationMs(written: string | number): number | undefined {
  const match = /^(\d+)(ms|s|m|h)?$/.exec(String(written));
  if (match === null) return undefined;
  const ms = Number(match[1]) * unitMs(match[2]);
  return ms <= LONGEST_DURATION_MS ? ms : undefined;
}

/** The sentence about a number without a unit that is below 1000, where seconds were probably meant; undefined for others. */
export function bareDuration(written: string | number): string | undefined {
  const text = String(written);
  if (!/^\d+$/.test(text) || Number(text) === 0 || Number(text) >= 1000) return undefined;
  return `is ${text}, which means ${text} milliseconds: write ${text}s for seconds, or ${text}ms`;
}

/** Writes milliseconds in the largest unit that needs no fraction: `1m` for 60000, `1500ms` for 1500. */
export function durationText(ms: number): string {
  const unit = (['h', 'm', 's'] as const).find((each) => ms >= unitMs(each) && ms % unitMs(each) === 0);
  return unit === undefined ? `${ms}ms` : `${ms / unitMs(unit)}${unit}`;
}

function unitMs(unit: string | undefined): number {
  if (unit === 'h') return 3_600_000;
  if (unit === 'm') return 60_000;
  return unit === 's' ? 1000 : 1;
}
