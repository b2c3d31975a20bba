import { isReadableTable } from '../fields/field-table-check.js';
import { FLAG_BYTES, HIGHEST_FLAG, PROPERTY_FIELDS, type PropertyField } from './property-list.js';

/**
 * One property of a list, for those who need no other: a whole list takes several times as long to decode. Nothing here
 * throws: a list that ends in the middle of a value does not have it.
 */

export type PropertyName = Exclude<PropertyField[0], 'headers'>;

/** Bits that announce no property: RabbitMQ ends the connection over them. */
const UNKNOWN_FLAGS = 0b11;
/** Of the length that stands before a text and before a table. */
const LENGTH_BYTES = { text: 1, table: 4, octet: 0, time: 0 } as const;

/** Two texts are alike where the properties are: each byte is a character. */
export function findPropertyText(list: Uint8Array, name: PropertyName): string | undefined {
  const value = find(list, name);
  if (value === undefined) return undefined;
  switch (value.kind) {
    case 'octet':
      return String(value.bytes.readUInt8());
    case 'time':
      return String(value.bytes.readBigUInt64BE());
    default:
      return value.bytes.toString('latin1');
  }
}

/** The bytes of a property that is a text; undefined for any other. */
export function findPropertyBytes(list: Uint8Array, name: PropertyName): Buffer | undefined {
  const value = find(list, name);
  return value?.kind === 'text' ? value.bytes : undefined;
}

/** The table of headers, in AMQP encoding. */
export function findHeaders(list: Uint8Array): Buffer | undefined {
  return find(list, 'headers')?.bytes;
}

function find(list: Uint8Array, wanted: PropertyField[0]): { kind: PropertyField[1]; bytes: Buffer } | undefined {
  const flags = ((list[0] ?? 0) << 8) | (list[1] ?? 0);
  let flag = HIGHEST_FLAG;
  let at = FLAG_BYTES;
  for (const [name, kind] of PROPERTY_FIELDS) {
    const isThere = (flags & flag) !== 0;
    const end = isThere ? endOf(list, at, kind) : at;
    if (name === wanted) {
      // Not a number where the list ends too early: no comparison with it is true.
      if (!isThere || !(end <= list.length)) return undefined;
      const start = at + LENGTH_BYTES[kind];
      return { kind, bytes: Buffer.from(list.buffer, list.byteOffset + start, end - start) };
    }
    at = end;
    flag >>= 1;
  }
  return undefined;
}

/**
 * True for a list between two places that is whole and whose headers can be decoded: then nothing throws that looks at the
 * message. Called for each message, so nothing is made here.
 */
export function isReadableList(bytes: Uint8Array, start: number, end: number): boolean {
  const flags = ((bytes[start] ?? 0) << 8) | (bytes[start + 1] ?? 0);
  let at = start + FLAG_BYTES;
  if (flags === 0) return at === end;
  let flag = HIGHEST_FLAG;
  for (const [, kind] of PROPERTY_FIELDS) {
    if ((flags & flag) !== 0) {
      const valueEnd = endOf(bytes, at, kind);
      if (!(valueEnd <= end)) return false;
      if (kind === 'table' && !isReadableTable(bytes, at + LENGTH_BYTES.table, valueEnd)) return false;
      at = valueEnd;
    }
    flag >>= 1;
  }
  return at === end && (flags & UNKNOWN_FLAGS) === 0;
}

/** Where a value ends that begins, with its length, at a place; not a number where the list ends before. */
function endOf(list: Uint8Array, at: number, kind: PropertyField[1]): number {
  switch (kind) {
    case 'text':
      return at + 1 + (list[at] ?? Number.NaN);
    case 'table':
      return at + 4 + longAt(list, at);
    case 'octet':
      return at + 1;
    // A time.
    default:
      return at + 8;
  }
}

/** Not a number behind the end. */
function longAt(bytes: Uint8Array, at: number): number {
  const [first = 0, second = 0, third = 0] = [bytes[at], bytes[at + 1], bytes[at + 2]];
  return (((first << 24) | (second << 16) | (third << 8)) >>> 0) + (bytes[at + 3] ?? Number.NaN);
}
