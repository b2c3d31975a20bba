import { decodeFieldTable } from './field-table-decoder.js';
import { longAt } from './property-finder.js';

/**
 * One value of a field table as a text by which it can be compared; what stands before it is passed over, undecoded. Nothing
 * here throws: a table that ends in the middle of a value has neither that one nor those behind it.
 */

/** Bytes of a value, by its tag. */
const SIZES = new Map(
  Object.entries({ t: 1, b: 1, B: 1, s: 2, u: 2, I: 4, i: 4, l: 8, f: 4, d: 8, D: 5, T: 8, V: 0 }).map(
    ([tag, size]) => [tagOf(tag), size] as const,
  ),
);
/** Those that begin with their length: texts, bytes, tables and lists. */
const SIZED = new Set(Array.from('SxFA', tagOf));
const LENGTH_BYTES = 4;
/** Publishers write one number in many ways: those are alike that are equal. */
const NUMBERS = new Set(Array.from('tbBsuIilfd', tagOf));
const VOID = tagOf('V');

/**
 * Alike for equal values: numbers of any width, and a number and the text that it reads as; bytes and the text that they are;
 * tables and lists by their encoding. Undefined where nothing has the name, or void.
 * @param name in UTF-8
 */
export function findFieldText(table: Uint8Array, name: Uint8Array): string | undefined {
  let at = 0;
  while (at < table.length) {
    const tagAt = at + 1 + (table[at] ?? 0);
    const tag = table[tagAt] ?? VOID;
    const lengthBytes = SIZED.has(tag) ? LENGTH_BYTES : 0;
    const start = tagAt + 1 + lengthBytes;
    const end = start + (lengthBytes > 0 ? longAt(table, tagAt + 1) : (SIZES.get(tag) ?? Number.NaN));
    // An unknown tag, or the end in the middle of the value: no comparison with what is no number is true.
    if (!(end <= table.length)) return undefined;
    if (!isNamed(table, at, name)) {
      at = end;
      continue;
    }
    if (tag === VOID) return undefined;
    if (NUMBERS.has(tag)) return textOfOne(table.subarray(at, end));
    return Buffer.from(table.buffer, table.byteOffset + start, end - start).toString('latin1');
  }
  return undefined;
}

/** Of a table that has one value, a number. */
function textOfOne(table: Uint8Array): string | undefined {
  const value = Object.values(decodeFieldTable(table))[0];
  return typeof value === 'object' ? undefined : String(value);
}

function isNamed(table: Uint8Array, at: number, name: Uint8Array): boolean {
  if (table[at] !== name.length) return false;
  for (let index = 0; index < name.length; index++) if (table[at + 1 + index] !== name[index]) return false;
  return true;
}

function tagOf(tag: string): number {
  return tag.charCodeAt(0);
}
