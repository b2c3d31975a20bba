import { isReadableTable } from '../fields/field-table-check.js';
import { announces, hasKnownFlags, type PropertyField, type PropertyName, walkProperties } from './property-fields.js';

/** The AMQP properties except headers; `timestamp` in seconds. */
export interface WireProperties {
  readonly [name: string]: string | number | undefined;
}

/** A decoded property list; headers stay encoded, empty if absent. */
export interface PropertyList {
  readonly properties: WireProperties;
  readonly headers: Uint8Array;
}

const EMPTY = new Uint8Array();

/** True when the list that begins at `at` has headers. */
export function hasHeaders(bytes: Uint8Array, at = 0): boolean {
  return announces(bytes, at, 'headers');
}

/** @throws RangeError when a value is cut off */
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
      // `table`
      default:
        headers = buffer.subarray(start, end);
    }
    return true;
  });
  if (Number.isNaN(last)) throw new RangeError('a property list ends in the middle of a value');
  return { properties, headers };
}

/**
 * Returns one property as a string for comparison, one character per byte, much faster than decoding the list;
 * undefined if absent or cut off.
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

/** Returns the bytes of a string property; undefined for any other. */
export function findPropertyBytes(list: Uint8Array, name: PropertyName): Buffer | undefined {
  const value = find(list, name);
  return value?.kind === 'text' ? value.bytes : undefined;
}

/** Returns the encoded header table. */
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

/** True for a whole list with decodable headers, so that no later access throws. */
export function isReadableList(bytes: Uint8Array, start: number, end: number): boolean {
  if (!hasKnownFlags(bytes, start)) return false;
  return walkProperties(bytes, start, end, isReadableValue) === end;
}

/** No closure: every message is checked. */
function isReadableValue([, kind]: PropertyField, start: number, end: number, list: Uint8Array): boolean {
  return kind !== 'table' || isReadableTable(list, start, end);
}
