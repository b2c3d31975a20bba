import { isAnyArrayBuffer } from 'node:util/types';
import { type Decimal, MAX_DEPTH } from './field-table.js';
import { flawOf } from './plain-value.js';

const MS_PER_SECOND = 1000;
const LOWEST_DIGITS = -0x80000000;
const HIGHEST_DIGITS = 0x7fffffff;
const HIGHEST_PLACES = 0xff;

/**
 * Encodes a table (without its length prefix).
 * @throws TypeError naming a header that AMQP cannot carry, or over which RabbitMQ would close the connection
 */
export function encodeFieldTable(table: object): Buffer<ArrayBuffer> {
  const parts: Buffer[] = [];
  new Encoder().entries(parts, table, 'headers');
  return Buffer.concat(parts);
}

class Encoder {
  private readonly outer: object[] = [];

  entries(parts: Buffer[], table: object, path: string): void {
    this.enter(table, path);
    for (const [key, value] of Object.entries(table)) {
      if (value === undefined) continue;
      const name = Buffer.from(key, 'utf8');
      if (name.length > 255) throw new TypeError(`${path} has a name of ${name.length} bytes (AMQP allows 255)`);
      parts.push(Buffer.of(name.length), name);
      this.value(parts, value, `${path}.${key}`);
    }
    this.outer.pop();
  }

  private value(parts: Buffer[], value: unknown, path: string): void {
    switch (typeof value) {
      case 'string':
        return pushSized(parts, 'S', Buffer.from(value, 'utf8'));
      case 'boolean':
        return void parts.push(Buffer.of(0x74, value ? 1 : 0));
      case 'number':
        return void parts.push(encodeNumber(value, path));
      case 'bigint':
        if (BigInt.asIntN(64, value) !== value)
          throw new TypeError(`${path} is ${value}, which does not fit into 64 bits`);
        return void parts.push(encodeLong(value));
      case 'object':
        return this.object(parts, value, path);
      default:
        throw new TypeError(`${path} is a ${typeof value}, which AMQP headers cannot carry`);
    }
  }

  private object(parts: Buffer[], value: object | null, path: string): void {
    if (value === null) return void parts.push(Buffer.from('V'));
    if (value instanceof Date) return void parts.push(encodeTimestamp(value, path));
    const bytes = bytesOf(value);
    if (bytes !== undefined) return pushSized(parts, 'x', bytes);
    if ('!' in value && value['!'] === 'decimal' && 'value' in value) {
      return void parts.push(encodeDecimal(value.value, path));
    }
    const inner: Buffer[] = [];
    if (Array.isArray(value)) {
      this.enter(value, path);
      // forEach would skip the holes of a sparse array.
      for (let index = 0; index < value.length; index++) this.value(inner, value[index], `${path}[${index}]`);
      this.outer.pop();
      return pushSized(parts, 'A', Buffer.concat(inner));
    }
    const flaw = flawOf(value);
    if (flaw !== undefined) throw new TypeError(`${path} is ${flaw}`);
    this.entries(inner, value, path);
    pushSized(parts, 'F', Buffer.concat(inner));
  }

  private enter(value: object, path: string): void {
    if (this.outer.includes(value)) throw new TypeError(`${path} contains itself`);
    if (this.outer.length > MAX_DEPTH) throw new TypeError(`${path} is nested deeper than ${MAX_DEPTH} levels`);
    this.outer.push(value);
  }
}

/** Returns the bytes of a buffer or view; undefined for other objects. */
export function bytesOf(value: object): Buffer | undefined {
  if (ArrayBuffer.isView(value)) return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  return isAnyArrayBuffer(value) ? Buffer.from(value) : undefined;
}

function encodeNumber(value: number, path: string): Buffer {
  // RabbitMQ closes the connection over it.
  if (!Number.isFinite(value)) throw new TypeError(`${path} is ${value}, which AMQP headers cannot carry`);
  if (!Number.isSafeInteger(value)) {
    const double = Buffer.alloc(9);
    double.write('d');
    double.writeDoubleBE(value, 1);
    return double;
  }
  if (value < -0x80000000 || value > 0x7fffffff) return encodeLong(BigInt(value));
  const int = Buffer.alloc(5);
  int.write('I');
  int.writeInt32BE(value, 1);
  return int;
}

function encodeLong(value: bigint): Buffer {
  const long = Buffer.alloc(9);
  long.write('l');
  long.writeBigInt64BE(value, 1);
  return long;
}

function encodeTimestamp(value: Date, path: string): Buffer {
  const seconds = Math.floor(value.getTime() / MS_PER_SECOND);
  if (!(seconds >= 0)) throw new TypeError(`${path} is not a date that AMQP can carry (1970 or later)`);
  const timestamp = Buffer.alloc(9);
  timestamp.write('T');
  timestamp.writeBigUInt64BE(BigInt(seconds), 1);
  return timestamp;
}

function pushSized(parts: Buffer[], tag: string, bytes: Buffer): void {
  const head = Buffer.alloc(5);
  head.write(tag);
  head.writeUInt32BE(bytes.length, 1);
  parts.push(head, bytes);
}

function encodeDecimal(value: unknown, path: string): Buffer {
  if (!isDecimalValue(value)) {
    const expected = `places 0 to ${HIGHEST_PLACES}, digits ${LOWEST_DIGITS} to ${HIGHEST_DIGITS}`;
    throw new TypeError(`${path} is not a decimal that AMQP can carry (${expected})`);
  }
  const decimal = Buffer.alloc(6);
  decimal.write('D');
  decimal.writeUInt8(value.places, 1);
  decimal.writeInt32BE(value.digits, 2);
  return decimal;
}

function isDecimalValue(value: unknown): value is Decimal['value'] {
  if (typeof value !== 'object' || value === null || !('places' in value) || !('digits' in value)) return false;
  return isWhole(value.places, 0, HIGHEST_PLACES) && isWhole(value.digits, LOWEST_DIGITS, HIGHEST_DIGITS);
}

function isWhole(value: unknown, least: number, most: number): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most;
}
