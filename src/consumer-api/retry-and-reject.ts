import { DURATION_EXPECTED, durationMs } from '../waiting/index.js';

/** What a `Retry` is made of. */
export interface RetryOptions extends ErrorOptions {
  /** Wait so long: `5m`, or whole milliseconds; 0 is at once. Default: as the `retry` of the YAML file says. */
  readonly delay?: string | number;
  /** Why, for the log and the headers. */
  readonly message?: string;
}

/**
 * Thrown by `consume`: the message is to be tried again later, and nothing is wrong with the consumer, whose instance goes
 * on. The attempt counts; after the last one that `retry.attempts` allows, the message is dead-lettered all the same.
 * @throws RangeError when the delay is no duration
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
 * Thrown by `consume`: no further attempt can help. The message is dead-lettered at once (or dropped, with
 * `on_exhausted: discard`), however many attempts are left; the instance goes on. Its message, why, is in the log and the
 * headers: `new Reject('no such user')`.
 */
export class Reject extends Error {
  override readonly name = 'Reject';
  readonly code = 'CONSUMER_REJECT';
}
