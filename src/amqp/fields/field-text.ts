import type { FieldValue } from './field-table.js';
import { decodeFieldTable } from './field-table-decoder.js';
import { isNumeric, TAG, valueExtent } from './field-tags.js';

/**
 * One value of a field table as a text by which it can be compared; what stands before it is passed over, undecoded. Nothing
 * here throws: a table that ends in the middle of a value has neither that one nor those behind it.
 */

/**
 * Alike for equal values: numbers of any width, and a number and the text that it reads as; bytes and the text that they are;
 * tables and lists by their encoding. Undefined where nothing has the name, or void.
 * @param name in UTF-8
 */
export function findFieldText(table: Uint8Array, name: Uint8Array): string | undefined {
  const value = findField(table, name);
  if (value === undefined) return undefined;
  const [tag = TAG.nothing] = value.bytes.subarray(value.tagAt);
  if (tag === TAG.nothing) return undefined;
  if (isNumeric(tag)) return textOfOne(value.bytes);
  return Buffer.from(
    value.bytes.buffer,
    value.bytes.byteOffset + value.start,
    value.bytes.length - value.start,
  ).toString('latin1');
}

/** The first value of a name, decoded; undefined where there is none, or where it cannot be read. */
export function findFieldValue(table: Uint8Array, name: string): FieldValue | undefined {
  const found = findField(table, Buffer.from(name));
  if (found === undefined) return undefined;
  try {
    return Object.values(decodeFieldTable(found.bytes))[0];
  } catch {
    // Nested too deep, or cut off inside: nothing that we could act on.
    return undefined;
  }
}

/** A header as it stands in a table: its bytes, and where in them its tag stands and its content begins. */
interface FoundField {
  readonly bytes: Uint8Array;
  readonly tagAt: number;
  readonly start: number;
}

function findField(table: Uint8Array, name: Uint8Array): FoundField | undefined {
  for (let at = 0; at < table.length; ) {
    const tagAt = at + 1 + (table[at] ?? 0);
    const extent = valueExtent(table, tagAt, table.length);
    if (extent === undefined) return undefined;
    const { start, end } = extent;
    if (isNamed(table, at, name)) return { bytes: table.subarray(at, end), tagAt: tagAt - at, start: start - at };
    at = end;
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
