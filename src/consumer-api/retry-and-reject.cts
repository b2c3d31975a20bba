import { DURATION_EXPECTED, durationMs } from '../timing/duration.cjs';

/** The arguments of `Retry`. */
export interface RetryOptions extends ErrorOptions {
  /** Wait this long: `5m`, or whole milliseconds; 0 means at once. Default: `retry` of the YAML file. */
  readonly delay?: string | number;
  /** The reason, for the log and the headers. */
  readonly message?: string;
}

/**
 * Throw it from `consume` to try the message again later and keep the instance. The attempt counts; after the last one
 * that `retry.attempts` allows, the message is dead-lettered.
 * @throws RangeError when the delay is not a duration
 */
export class Retry extends Error {
  override readonly name = 'Retry';
  readonly code = 'CONSUMER_RETRY';
  /** Milliseconds; undefined: as the file says. */
  readonly delayMs: number | undefined;

  constructor({ delay, message = 'the consumer asked for another attempt', ...options }: RetryOptions = {}) {
    super(message, options);
    this.delayMs = delay === undefined ? undefined : durationMs(delay);
    if (delay !== undefined && this.delayMs === undefined) {
      throw new RangeError(
        `new Retry: delay is ${JSON.stringify(delay)} (expected ${DURATION_EXPECTED}, at most 596h)`,
      );
    }
  }
}

/**
 * Throw it from `consume` when no further attempt can help. The message is dead-lettered at once, or dropped with
 * `on_exhausted: discard`, and the instance goes on. The log and the headers show its text: `new Reject('no such
 * user')`.
 */
export class Reject extends Error {
  override readonly name = 'Reject';
  readonly code = 'CONSUMER_REJECT';
}
