/**
 * The type tags that RabbitMQ reads (rabbit_binary_parser.erl); it closes the connection over any other. py-amqp and
 * pika write a large integer as `L`, which RabbitMQ 4 turns into `l`.
 */

const SIZES = { t: 1, b: 1, B: 1, s: 2, u: 2, I: 4, i: 4, l: 8, L: 8, f: 4, d: 8, D: 5, T: 8, V: 0 } as const;
const SIZED = 'SxFA';
const NUMERIC = 'tbBsuIilLfd';

export const LENGTH_BYTES = 4;

/** Bytes of a value by tag, `SIZED_TAG` for one with a length prefix, `NO_TAG` for an unknown tag. */
export const TAG_SIZES = new Int8Array(256).fill(-1);
export const NO_TAG = -1;
export const SIZED_TAG = -2;
for (const [tag, size] of Object.entries(SIZES)) TAG_SIZES[tagOf(tag)] = size;
for (const tag of SIZED) TAG_SIZES[tagOf(tag)] = SIZED_TAG;

export const TAG = {
  text: tagOf('S'),
  table: tagOf('F'),
  list: tagOf('A'),
  double: tagOf('d'),
  float: tagOf('f'),
  nothing: tagOf('V'),
} as const;

const NUMERIC_TAGS = new Set(Array.from(NUMERIC, tagOf));

export function isNumeric(tag: number): boolean {
  return NUMERIC_TAGS.has(tag);
}

/** Locates a value's content, unread; undefined for an unknown tag, or a value that exceeds `limit`. */
export function valueExtent(
  bytes: Uint8Array,
  tagAt: number,
  limit: number,
): { readonly start: number; readonly end: number } | undefined {
  if (tagAt >= limit) return undefined;
  const size = TAG_SIZES[bytes[tagAt] ?? 0] ?? NO_TAG;
  if (size === NO_TAG) return undefined;
  const start = tagAt + 1 + (size === SIZED_TAG ? LENGTH_BYTES : 0);
  if (start > limit) return undefined;
  const end = start + (size === SIZED_TAG ? lengthAt(bytes, tagAt + 1) : size);
  return end <= limit ? { start, end } : undefined;
}

/** Reads a length prefix. */
export function lengthAt(bytes: Uint8Array, at: number): number {
  const [first = 0, second = 0, third = 0, fourth = 0] = [bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]];
  return ((first << 24) | (second << 16) | (third << 8) | fourth) >>> 0;
}

function tagOf(tag: string): number {
  return tag.charCodeAt(0);
}
