import { MAX_DEPTH } from './field-table.js';
import { LENGTH_BYTES, lengthAt, SIZED_TAG, TAG, TAG_SIZES } from './field-tags.js';

/** Nothing here throws, recurses or decodes, because the bytes may be hostile. */

const EXPONENT_HIGH_OF_DOUBLE = 0x7f;
const EXPONENT_LOW_OF_DOUBLE = 0xf0;
const EXPONENT_LOW_OF_FLOAT = 0x80;

/**
 * True for a table (without its length prefix) that RabbitMQ can parse. It closes the connection, with everybody's
 * publishes, over any other, NaN and infinities included.
 */
export function isFieldTable(bytes: Uint8Array): boolean {
  return walk(bytes, { start: 0, end: bytes.length, isFinite: true });
}

/** True for a table that `decodeFieldTable` can decode. */
export function isReadableTable(bytes: Uint8Array, start: number, end: number): boolean {
  return walk(bytes, { start, end, isFinite: false });
}

interface Walk {
  readonly start: number;
  readonly end: number;
  readonly isFinite: boolean;
}

function walk(bytes: Uint8Array, { start, end: last, isFinite }: Walk): boolean {
  /** Values of a list have no names. */
  const outer: { readonly end: number; readonly isList: boolean }[] = [];
  let at = start;
  let end = last;
  let isList = false;
  for (;;) {
    while (at === end) {
      const left = outer.pop();
      if (left === undefined) return true;
      ({ end, isList } = left);
    }
    const tagAt: number = isList ? at : at + 1 + (bytes[at] ?? 0);
    if (tagAt >= end) return false;
    const tag: number = bytes[tagAt] ?? 0;
    const size = TAG_SIZES[tag] ?? -1;
    at = tagAt + 1;
    if (size >= 0) {
      if (at + size > end || (isFinite && isInfinite(bytes, tag, at))) return false;
      at += size;
      continue;
    }
    if (size !== SIZED_TAG || at + LENGTH_BYTES > end) return false;
    const valueEnd = at + LENGTH_BYTES + lengthAt(bytes, at);
    at += LENGTH_BYTES;
    if (valueEnd > end) return false;
    if (tag !== TAG.table && tag !== TAG.list) {
      at = valueEnd;
      continue;
    }
    if (outer.push({ end, isList }) > MAX_DEPTH) return false;
    end = valueEnd;
    isList = tag === TAG.list;
  }
}

/** True for NaN, too: both have all exponent bits set. */
function isInfinite(bytes: Uint8Array, tag: number, at: number): boolean {
  if (tag !== TAG.double && tag !== TAG.float) return false;
  const low = tag === TAG.double ? EXPONENT_LOW_OF_DOUBLE : EXPONENT_LOW_OF_FLOAT;
  return (
    ((bytes[at] ?? 0) & EXPONENT_HIGH_OF_DOUBLE) === EXPONENT_HIGH_OF_DOUBLE && ((bytes[at + 1] ?? 0) & low) === low
  );
}
