import { isReadableTable } from '../fields/field-table-check.js';
import { announces, hasKnownFlags, type PropertyField, type PropertyName, walkProperties } from './property-fields.js';

/** What is read of a property list. It crosses to the worker as its bytes and is decoded when a consumer looks: most never do. */

/** The AMQP properties apart from headers; `timestamp` is in seconds. */
export interface WireProperties {
  readonly [name: string]: string | number | undefined;
}

/** A decoded property list; the headers stay a field table in AMQP encoding, empty when there are none. */
export interface PropertyList {
  readonly properties: WireProperties;
  readonly headers: Uint8Array;
}

const EMPTY = new Uint8Array();

/** True when the list has a table of headers. */
export function hasHeaders(bytes: Uint8Array): boolean {
  return announces(bytes, 0, 'headers');
}

/** @throws RangeError when the list ends in the middle of a value */
export function decodePropertyList(bytes: Uint8Array): PropertyList {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const properties: Record<string, string | number> = {};
  let headers: Uint8Array = EMPTY;
  const last = walkProperties(buffer, 0, buffer.length, ([name, kind], start, end) => {
    switch (kind) {
      case 'text':
        properties[name] = buffer.toString('utf8', start, end);
        break;
      case 'octet':
        properties[name] = buffer.readUInt8(start);
        break;
      case 'time':
        properties[name] = Number(buffer.readBigUInt64BE(start));
        break;
      // A table.
      default:
        headers = buffer.subarray(start, end);
    }
    return true;
  });
  if (Number.isNaN(last)) throw new RangeError('a property list ends in the middle of a value');
  return { properties, headers };
}

/**
 * One property of a list, for those who need no other: a whole list takes several times as long to decode. A list that ends in
 * the middle of a value does not have it.
 *
 * Two texts are alike where the properties are: each byte is a character.
 */
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

interface FoundProperty {
  readonly kind: PropertyField[1];
  readonly bytes: Buffer;
}

function find(list: Uint8Array, wanted: PropertyField[0]): FoundProperty | undefined {
  if (!announces(list, 0, wanted)) return undefined;
  let found: FoundProperty | undefined;
  walkProperties(list, 0, list.length, ([name, kind], start, end) => {
    if (name !== wanted) return true;
    found = { kind, bytes: Buffer.from(list.buffer, list.byteOffset + start, end - start) };
    return false;
  });
  return found;
}

/**
 * True for a list between two places that is whole and whose headers can be decoded: then nothing throws that looks at the
 * message.
 */
export function isReadableList(bytes: Uint8Array, start: number, end: number): boolean {
  if (!hasKnownFlags(bytes, start)) return false;
  const last = walkProperties(
    bytes,
    start,
    end,
    ([, kind], valueAt, valueEnd) => kind !== 'table' || isReadableTable(bytes, valueAt, valueEnd),
  );
  return last === end;
}
