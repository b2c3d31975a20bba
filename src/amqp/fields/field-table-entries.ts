import type { FieldValue } from './field-table.js';
import { decodeFieldTable } from './field-table-decoder.js';
import { isNumeric, TAG, valueExtent } from './field-tags.js';

/**
 * The headers of a table, each as its bytes: values that nobody asked for are passed over, undecoded.
 */

/** One header as it stands in a table: its name, and all of its bytes. */
export interface FieldTableEntry {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Without the name: its tag and what follows. */
  readonly value: Uint8Array;
}

/**
 * Splits a table into entries without decoding their values: joined again, the entries are the original bytes.
 * @throws RangeError when the table is cut off, or has an unknown type tag
 */
export function splitFieldTable(bytes: Uint8Array): FieldTableEntry[] {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const entries: FieldTableEntry[] = [];
  for (let at = 0; at < buffer.length; ) {
    const entry = entryAt(buffer, at);
    if (entry === undefined) {
      throw new RangeError('a header table ends in the middle of a value, or has an unknown type tag');
    }
    const { tagAt, end } = entry;
    entries.push({
      name: buffer.toString('utf8', at + 1, tagAt),
      bytes: buffer.subarray(at, end),
      value: buffer.subarray(tagAt, end),
    });
    at = end;
  }
  return entries;
}

/**
 * One value as a text by which it can be compared. A table that ends in the middle of a value has neither that one nor those
 * behind it.
 *
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
    const entry = entryAt(table, at);
    if (entry === undefined) return undefined;
    const { tagAt, start, end } = entry;
    if (isNamed(table, at, name)) return { bytes: table.subarray(at, end), tagAt: tagAt - at, start: start - at };
    at = end;
  }
  return undefined;
}

/** Where the tag of the header that begins at a place stands, its content begins, and it ends; undefined where it is not whole. */
function entryAt(table: Uint8Array, at: number): { tagAt: number; start: number; end: number } | undefined {
  const tagAt = at + 1 + (table[at] ?? 0);
  const extent = valueExtent(table, tagAt, table.length);
  return extent === undefined ? undefined : { tagAt, ...extent };
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
