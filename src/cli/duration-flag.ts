import { ConfigurationError } from '../errors/index.js';
import { DURATION_EXPECTED, durationMs } from '../timing/index.js';

/**
 * Parses `500ms`, `30s`, `5m`, `1h` or whole milliseconds, given as a number or as text, into milliseconds.
 *
 * @throws ConfigurationError CONFIG_INVALID
 */
export function parseDuration(written: string | number): number {
  const ms = durationMs(written);
  if (ms !== undefined) return ms;
  throw new ConfigurationError(
    'CONFIG_INVALID',
    `${JSON.stringify(written)} is not a duration (expected ${DURATION_EXPECTED}, at most 596h)`,
  );
}
