import { cutToBytes } from '../../amqp/index.js';

/**
 * Why a message is invalid: one sentence for each thing that is wrong with it. They become a header of its copy, which must fit
 * beside the message's own headers: all together they have less than 8 KiB.
 */

const MOST_ERRORS = 20;
const MOST_BYTES_OF_ONE = 400;

/** As many of the errors as are told, each as long as it may be; the last of them counts what is left out. */
export function boundedErrors(errors: readonly string[]): readonly string[] {
  const cut = errors.slice(0, MOST_ERRORS).map((error) => cutToBytes(error, MOST_BYTES_OF_ONE));
  if (errors.length <= MOST_ERRORS) return cut;
  return [...cut.slice(0, -1), `and ${errors.length - MOST_ERRORS + 1} more`];
}

/** True for what `boundedErrors` makes of at least one. */
export function areBoundedErrors(value: unknown): value is readonly string[] {
  if (!Array.isArray(value) || value.length === 0 || value.length > MOST_ERRORS) return false;
  // A loop, not `every`: that would skip the holes of a sparse array.
  for (const error of value) {
    if (typeof error !== 'string' || error.length > MOST_BYTES_OF_ONE) return false;
    if (Buffer.byteLength(error) > MOST_BYTES_OF_ONE) return false;
  }
  return true;
}
