/**
 * The AMQP field table, as RabbitMQ reads and writes it (https://www.rabbitmq.com/docs/amqp-0-9-1-errata#section_3).
 *
 * Ours rather than amqplib's, because headers cross to the worker as the broker's own bytes: nothing is decoded unless a
 * consumer looks, and nothing is lost on the way (amqplib turns 64-bit integers into doubles).
 */

/** An AMQP decimal: `digits / 10 ** places`. */
export interface Decimal {
  readonly '!': 'decimal';
  readonly value: { readonly places: number; readonly digits: number };
}

/** A value of a field table; integers beyond ±2^53 are `bigint`, timestamps `Date`, byte arrays `Buffer`. */
export type FieldValue =
  | string
  | number
  | bigint
  | boolean
  | null
  | Date
  | Uint8Array
  | Decimal
  | readonly FieldValue[]
  | FieldTable;

/** A field table: names of at most 255 bytes, and values. An `undefined` value is left out. */
export interface FieldTable {
  readonly [key: string]: FieldValue | undefined;
}

const MS_PER_SECOND = 1000;
const MAX_DEPTH = 64;

/** Decodes the content of a table (without its length prefix). */
export function decodeFieldTable(bytes: Uint8Array): FieldTable {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return new Decoder(buffer).table(buffer.length);
}

class Decoder {
  private offset = 0;
  private readonly buffer: Buffer;

  constructor(buffer: Buffer) {
    this.buffer = buffer;
  }

  table(end: number): FieldTable {
    const table: Record<string, FieldValue> = {};
    while (this.offset < end) {
      const key = this.text(this.buffer.readUInt8(this.take(1)));
      const value = this.value();
      // A header named __proto__ is data like any other.
      if (key === '__proto__') {
        Object.defineProperty(table, key, { value, enumerable: true, configurable: true, writable: true });
      } else {
        table[key] = value;
      }
    }
    return table;
  }

  private value(): FieldValue {
    const buffer = this.buffer;
    const tag = String.fromCharCode(buffer.readUInt8(this.take(1)));
    switch (tag) {
      case 'S':
        return this.text(buffer.readUInt32BE(this.take(4)));
      case 'I':
        return buffer.readInt32BE(this.take(4));
      case 'i':
        return buffer.readUInt32BE(this.take(4));
      case 'b':
        return buffer.readInt8(this.take(1));
      case 'B':
        return buffer.readUInt8(this.take(1));
      case 's':
        return buffer.readInt16BE(this.take(2));
      case 'u':
        return buffer.readUInt16BE(this.take(2));
      case 'l':
        return exact(buffer.readBigInt64BE(this.take(8)));
      case 't':
        return buffer.readUInt8(this.take(1)) !== 0;
      case 'd':
        return buffer.readDoubleBE(this.take(8));
      case 'f':
        return buffer.readFloatBE(this.take(4));
      case 'T':
        return new Date(Number(buffer.readBigUInt64BE(this.take(8))) * MS_PER_SECOND);
      case 'D':
        return {
          '!': 'decimal',
          value: { places: buffer.readUInt8(this.take(1)), digits: buffer.readUInt32BE(this.take(4)) },
        };
      case 'V':
        return null;
      case 'x': {
        const length = buffer.readUInt32BE(this.take(4));
        const start = this.take(length);
        return Buffer.from(buffer.subarray(start, start + length));
      }
      case 'F': {
        const length = buffer.readUInt32BE(this.take(4));
        return this.table(this.offset + length);
      }
      case 'A': {
        const length = buffer.readUInt32BE(this.take(4));
        const end = this.offset + length;
        const values: FieldValue[] = [];
        while (this.offset < end) values.push(this.value());
        return values;
      }
      default:
        throw new TypeError(`a header has the unknown AMQP type tag "${tag}"`);
    }
  }

  private text(length: number): string {
    const start = this.take(length);
    return this.buffer.toString('utf8', start, start + length);
  }

  private take(length: number): number {
    const start = this.offset;
    this.offset += length;
    if (this.offset > this.buffer.length) throw new RangeError('a header table ends in the middle of a value');
    return start;
  }
}

function exact(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/**
 * Encodes a table's content (without its length prefix).
 * @throws TypeError naming the header that AMQP cannot carry.
 */
export function encodeFieldTable(table: object): Buffer<ArrayBuffer> {
  const parts: Buffer[] = [];
  encodeEntries(parts, table, 'headers', 0);
  return Buffer.concat(parts);
}

function encodeEntries(parts: Buffer[], table: object, path: string, depth: number): void {
  // A table that holds itself would otherwise end in a stack overflow instead of a sentence.
  if (depth > MAX_DEPTH) throw new TypeError(`${path} is nested deeper than ${MAX_DEPTH} levels, or contains itself`);
  for (const [key, value] of Object.entries(table)) {
    if (value === undefined) continue;
    const name = Buffer.from(key, 'utf8');
    if (name.length > 255) throw new TypeError(`${path} has a name of ${name.length} bytes (AMQP allows 255)`);
    parts.push(Buffer.of(name.length), name);
    encodeValue(parts, value, `${path}.${key}`, depth);
  }
}

function encodeValue(parts: Buffer[], value: unknown, path: string, depth: number): void {
  switch (typeof value) {
    case 'string':
      return pushSized(parts, 'S', Buffer.from(value, 'utf8'));
    case 'boolean':
      return void parts.push(Buffer.of(0x74, value ? 1 : 0));
    case 'number':
      return void parts.push(encodeNumber(value));
    case 'bigint':
      if (BigInt.asIntN(64, value) !== value)
        throw new TypeError(`${path} is ${value}, which does not fit into 64 bits`);
      return void parts.push(encodeLong(value));
    case 'object':
      return encodeObject(parts, value, path, depth);
    default:
      throw new TypeError(`${path} is a ${typeof value}, which AMQP headers cannot carry`);
  }
}

function encodeObject(parts: Buffer[], value: object | null, path: string, depth: number): void {
  if (value === null) return void parts.push(Buffer.from('V'));
  if (value instanceof Date) return void parts.push(encodeTimestamp(value, path));
  if (value instanceof Uint8Array) {
    return pushSized(parts, 'x', Buffer.from(value.buffer, value.byteOffset, value.byteLength));
  }
  if (isDecimal(value)) {
    const decimal = Buffer.alloc(6);
    decimal.write('D');
    decimal.writeUInt8(value.value.places, 1);
    decimal.writeUInt32BE(value.value.digits, 2);
    return void parts.push(decimal);
  }
  const inner: Buffer[] = [];
  if (Array.isArray(value)) {
    if (depth >= MAX_DEPTH)
      throw new TypeError(`${path} is nested deeper than ${MAX_DEPTH} levels, or contains itself`);
    value.forEach((item, index) => encodeValue(inner, item, `${path}[${index}]`, depth + 1));
    return pushSized(parts, 'A', Buffer.concat(inner));
  }
  encodeEntries(inner, value, path, depth + 1);
  pushSized(parts, 'F', Buffer.concat(inner));
}

function encodeNumber(value: number): Buffer {
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

function isDecimal(value: object): value is Decimal {
  return '!' in value && value['!'] === 'decimal' && 'value' in value;
}
