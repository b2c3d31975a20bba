import type { Decimal } from './field-table.js';

const MS_PER_SECOND = 1000;
const MAX_DEPTH = 64;

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
  if ('!' in value && value['!'] === 'decimal' && 'value' in value) {
    return void parts.push(encodeDecimal(value.value, path));
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

function encodeDecimal(value: unknown, path: string): Buffer {
  if (!isDecimalValue(value)) {
    throw new TypeError(`${path} is not a decimal that AMQP can carry (places 0 to 255, digits 0 to 4294967295)`);
  }
  const decimal = Buffer.alloc(6);
  decimal.write('D');
  decimal.writeUInt8(value.places, 1);
  decimal.writeUInt32BE(value.digits, 2);
  return decimal;
}

function isDecimalValue(value: unknown): value is Decimal['value'] {
  if (typeof value !== 'object' || value === null || !('places' in value) || !('digits' in value)) return false;
  return isWhole(value.places, 0xff) && isWhole(value.digits, 0xffffffff);
}

function isWhole(value: unknown, most: number): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= most;
}
