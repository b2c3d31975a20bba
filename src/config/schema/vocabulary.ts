/** Building blocks of the schemas. The error text of each says what was expected, ready for a report. */
import { z } from 'zod';
import { DURATION_EXPECTED, DURATION_PATTERN, durationMs } from '../../timing/index.js';
import { parseModuleReference, REFERENCE_EXPECTED } from '../values/module-reference.js';
import { parseRate, RATE_EXPECTED, RATE_PATTERN } from '../values/rate.js';

/** AMQP sends the prefetch count as two bytes; consumer_count has the same limit because it is the default prefetch. */
export const LARGEST_PREFETCH = 65_535;

/** AMQP 0-9-1 sends names and routing keys as short strings, with one byte for the length. */
const SHORT_STRING_BYTES = 255;

export const EXCHANGE_TYPES = ['direct', 'fanout', 'topic', 'headers'];

export const EXCHANGE_TYPE_EXPECTED = 'direct, fanout, topic, headers, or a type of a plugin that begins with x-';

export const flag = () => z.boolean('true or false');

export const text = (expected = 'text') => z.string(expected);

/** The name of a queue, an exchange or a level. */
export const name = (expected: string) => {
  const sized = `${expected}, 1 to ${SHORT_STRING_BYTES} bytes of text`;
  return z.string(sized).min(1, sized).refine(isShortString, sized);
};

/** A name or routing key that may be empty. */
export const shortText = (orElse = '') => {
  const expected = `text of at most ${SHORT_STRING_BYTES} bytes${orElse}`;
  return z.string(expected).refine(isShortString, expected);
};

/** @param unit such as ` of milliseconds` */
export const wholeNumber = (min: number, max: number, orElse = '', unit = '') => {
  const expected = `a whole number${unit} from ${min} to ${max}${orElse}`;
  return z.int(expected).min(min, expected).max(max, expected);
};

/** A number of MiB. */
export const megabytes = (smallest: number) => wholeNumber(smallest, 1024 * 1024, '', ' of MiB');

export const number = (min: number, max: number) => {
  const expected = `a number from ${min} to ${max}`;
  return z.number(expected).min(min, expected).max(max, expected);
};

export const oneOf = <const Words extends readonly string[]>(words: Words, orElse = '') =>
  z.enum(words, `one of ${words.join(', ')}${orElse}`);

/** A duration; parsed to milliseconds. */
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

/** A rate; parsed to messages per second. */
export const rate = () => z.string(RATE_EXPECTED).regex(RATE_PATTERN, RATE_EXPECTED).transform(parseRate);

export const reference = () =>
  z
    .string(REFERENCE_EXPECTED)
    .min(1, REFERENCE_EXPECTED)
    .refine((written) => parseModuleReference(written) !== undefined, REFERENCE_EXPECTED)
    .transform((written) => ({ written, ...(parseModuleReference(written) ?? { module: written, exportName: null }) }));

/** A list that may be absent or empty (`bindings:` with nothing after it). */
export const listOf = <Item extends z.ZodType>(item: Item) =>
  z
    .array(item, 'a list, each entry beginning with "- "')
    .nullable()
    .prefault([])
    .transform((entries) => entries ?? []);

/** A mapping with keys that the user chooses. */
export const table = () =>
  z
    .record(z.string(), z.unknown(), 'a mapping')
    .nullable()
    .default({})
    .transform((entries) => entries ?? {});

/**
 * A mapping with exactly these keys. The error text for unknown keys lists the known ones; schema-problems.ts takes its
 * suggestion from that list.
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

/** Returns a copy of the object without its undefined values. */
export function present<Value extends object>(value: Value): Present<Value>;
export function present(value: object): object {
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined));
}

function isShortString(written: string): boolean {
  return Buffer.byteLength(written) <= SHORT_STRING_BYTES;
}
