import { cutToBytes } from '../../amqp/index.js';

/** The errors become a header of the copy; all headers have less than 8 KiB. */

const MOST_ERRORS = 20;
const MOST_BYTES_OF_ONE = 400;

/** The last one counts the rest. */
export function boundedErrors(errors: readonly string[]): readonly string[] {
  const cut = errors.slice(0, MOST_ERRORS).map((error) => cutToBytes(error, MOST_BYTES_OF_ONE));
  if (errors.length <= MOST_ERRORS) return cut;
  return [...cut.slice(0, -1), `and ${errors.length - MOST_ERRORS + 1} more`];
}

/** True for a non-empty result of `boundedErrors`. */
export function areBoundedErrors(value: unknown): value is readonly string[] {
  if (!Array.isArray(value) || value.length === 0 || value.length > MOST_ERRORS) return false;
  // A loop, because `every` skips the holes of a sparse array.
  for (const error of value) {
    if (typeof error !== 'string' || error.length > MOST_BYTES_OF_ONE) return false;
    if (Buffer.byteLength(error) > MOST_BYTES_OF_ONE) return false;
  }
  return true;
}
