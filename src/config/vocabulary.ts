/** The words that the schemas are made of. Each carries, as its error text, what was expected, in the words of a report. */
import { z } from 'zod';
import { DURATION_EXPECTED, DURATION_PATTERN, durationMs } from '../waiting/index.js';
import { parseModuleReference, REFERENCE_EXPECTED } from './module-reference.js';
import { parseRate, RATE_EXPECTED, RATE_PATTERN } from './rate.js';

/** AMQP sends the prefetch count as two bytes; the default prefetch is the consumer count, so that has the same limit. */
export const LARGEST_PREFETCH = 65_535;

/** AMQP 0-9-1 sends names and routing keys as short strings: one byte of length. */
const SHORT_STRING_BYTES = 255;

export const flag = () => z.boolean('true or false');

export const text = (expected = 'text') => z.string(expected);

/** A queue's, exchange's or level's name. */
export const name = (expected: string) => {
  const sized = `${expected}, 1 to ${SHORT_STRING_BYTES} bytes of text`;
  return z.string(sized).min(1, sized).refine(isShortString, sized);
};

/** A name or routing key that may be empty. */
export const shortText = (orElse = '') => {
  const expected = `text of at most ${SHORT_STRING_BYTES} bytes${orElse}`;
  return z.string(expected).refine(isShortString, expected);
};

export const wholeNumber = (min: number, max: number, orElse = '') => {
  const expected = `a whole number from ${min} to ${max}${orElse}`;
  return z.int(expected).min(min, expected).max(max, expected);
};

/** MiB. */
export const megabytes = (smallest: number) => wholeNumber(smallest, 1024 * 1024);

export const number = (min: number, max: number) => {
  const expected = `a number from ${min} to ${max}`;
  return z.number(expected).min(min, expected).max(max, expected);
};

export const oneOf = <const Words extends readonly string[]>(words: Words, orElse = '') =>
  z.enum(words, `one of ${words.join(', ')}${orElse}`);

/** Milliseconds. */
export const duration = () =>
  z
    .union(
      [
        z.string(DURATION_EXPECTED).regex(DURATION_PATTERN, DURATION_EXPECTED),
        z.int(DURATION_EXPECTED).min(1, DURATION_EXPECTED),
      ],
      DURATION_EXPECTED,
    )
    .refine((written) => (durationMs(written) ?? 0) > 0, `${DURATION_EXPECTED}; more than 0, at most 596h`)
    .transform((written) => durationMs(written) ?? 0);

/** How often in a second. */
export const rate = () => z.string(RATE_EXPECTED).regex(RATE_PATTERN, RATE_EXPECTED).transform(parseRate);

export const reference = () =>
  z
    .string(REFERENCE_EXPECTED)
    .min(1, REFERENCE_EXPECTED)
    .refine((written) => parseModuleReference(written) !== undefined, REFERENCE_EXPECTED)
    .transform((written) => ({ written, ...(parseModuleReference(written) ?? { module: written, exportName: null }) }));

/** A list that may be left out or left empty (`bindings:` with nothing after it). */
export const listOf = <Item extends z.ZodType>(item: Item) =>
  z
    .array(item, 'a list, each entry beginning with "- "')
    .nullable()
    .prefault([])
    .transform((entries) => entries ?? []);

/** A mapping whose keys are the user's own. */
export const table = () =>
  z
    .record(z.string(), z.unknown(), 'a mapping')
    .nullable()
    .default({})
    .transform((entries) => entries ?? {});

/**
 * A mapping of exactly these keys. For unknown ones the error text lists the known, which is
 * where schema-problems.ts gets its suggestion from.
 */
export const mapping = <Shape extends z.core.$ZodShape>(shape: Shape, expected = 'a mapping') =>
  z.strictObject(shape, {
    error: (issue) => (issue.code === 'unrecognized_keys' ? Object.keys(shape).join(', ') : expected),
  });

type Present<Value> = {
  [Key in keyof Value as undefined extends Value[Key] ? never : Key]: Value[Key];
} & {
  [Key in keyof Value as undefined extends Value[Key] ? Key : never]?: Exclude<Value[Key], undefined>;
};

/** The object without the keys that are undefined. */
export function present<Value extends object>(value: Value): Present<Value>;
export function present(value: object): object {
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined));
}

function isShortString(written: string): boolean {
  return Buffer.byteLength(written) <= SHORT_STRING_BYTES;
}
