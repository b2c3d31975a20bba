import { isUtf8 } from 'node:buffer';
import type { FieldValue } from './field-table.js';
import { decodeFieldTable } from './field-table-decoder.js';
import { isNumeric, TAG, valueExtent } from './field-tags.js';

/** An encoded header. */
export interface FieldTableEntry {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly value: Uint8Array;
}

/** Splits a table into its headers, undecoded; joined, they are the original bytes. @throws RangeError */
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
 * Returns a value as a string for comparison; undefined if absent, void or cut off. Numbers of any width equal each
 * other and their decimal string, bytes the same string; tables and lists compare by encoding.
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

/** Returns the first value of a name, decoded; undefined if absent or unreadable. */
export function findFieldValue(table: Uint8Array, name: string): FieldValue | undefined {
  const found = findField(table, Buffer.from(name));
  if (found === undefined) return undefined;
  try {
    return Object.values(decodeFieldTable(found.bytes))[0];
  } catch {
    return undefined;
  }
}

/** Returns the first value of a name if it is a text of at most so many bytes, and valid UTF-8. */
export function findFieldString(table: Uint8Array, name: string, mostBytes: number): string | undefined {
  const found = findField(table, Buffer.from(name));
  if (found === undefined) return undefined;
  const { bytes, tagAt, start } = found;
  if (bytes[tagAt] !== TAG.text || bytes.length - start > mostBytes) return undefined;
  const text = Buffer.from(bytes.buffer, bytes.byteOffset + start, bytes.length - start);
  return isUtf8(text) ? text.toString() : undefined;
}

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

function entryAt(table: Uint8Array, at: number): { tagAt: number; start: number; end: number } | undefined {
  const tagAt = at + 1 + (table[at] ?? 0);
  const extent = valueExtent(table, tagAt, table.length);
  return extent === undefined ? undefined : { tagAt, ...extent };
}

function textOfOne(table: Uint8Array): string | undefined {
  const value = Object.values(decodeFieldTable(table))[0];
  return typeof value === 'object' ? undefined : String(value);
}

function isNamed(table: Uint8Array, at: number, name: Uint8Array): boolean {
  if (table[at] !== name.length) return false;
  for (let index = 0; index < name.length; index++) if (table[at + 1 + index] !== name[index]) return false;
  return true;
}
