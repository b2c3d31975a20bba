import { isUtf8 } from 'node:buffer';
import { type FieldTable, type FieldValue, MAX_DATE_SECONDS, MAX_DEPTH } from './field-table.js';

const MS_PER_SECOND = 1000;
const REPLACEMENT = '\ufffd';
const CUT = 'a header table ends in the middle of a value';

/**
 * Decodes a table (without its length prefix).
 * @throws RangeError or TypeError
 */
export function decodeFieldTable(bytes: Uint8Array): FieldTable {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return new Decoder(buffer).table(buffer.length, 0);
}

class Decoder {
  private offset = 0;
  private readonly buffer: Buffer;

  constructor(buffer: Buffer) {
    this.buffer = buffer;
  }

  table(end: number, depth: number): FieldTable {
    const table: Record<string, FieldValue> = {};
    while (this.offset < end) {
      const key = this.name(this.buffer.readUInt8(this.take(1)));
      const value = this.value(depth);
      if (key === '__proto__') {
        Object.defineProperty(table, key, { value, enumerable: true, configurable: true, writable: true });
      } else {
        table[key] = value;
      }
    }
    this.ends(end);
    return table;
  }

  private value(depth: number): FieldValue {
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
      case 'L':
        return exact(buffer.readBigInt64BE(this.take(8)));
      case 't':
        return buffer.readUInt8(this.take(1)) !== 0;
      case 'd':
        return buffer.readDoubleBE(this.take(8));
      case 'f':
        return buffer.readFloatBE(this.take(4));
      case 'T':
        return dateOf(exact(buffer.readBigInt64BE(this.take(8))));
      case 'D':
        return {
          '!': 'decimal',
          // Signed, as Java, .NET, Go and Python write it.
          value: { places: buffer.readUInt8(this.take(1)), digits: buffer.readInt32BE(this.take(4)) },
        };
      case 'V':
        return null;
      case 'x': {
        const length = buffer.readUInt32BE(this.take(4));
        return this.bytes(this.take(length), length);
      }
      case 'F': {
        const length = buffer.readUInt32BE(this.take(4));
        return this.table(this.endOf(length), deeper(depth));
      }
      case 'A': {
        const length = buffer.readUInt32BE(this.take(4));
        return this.list(this.endOf(length), deeper(depth));
      }
      default:
        throw new TypeError(`a header has the unknown AMQP type tag "${tag}"`);
    }
  }

  private list(end: number, depth: number): FieldValue[] {
    const values: FieldValue[] = [];
    while (this.offset < end) values.push(this.value(depth));
    this.ends(end);
    return values;
  }

  private name(length: number): string {
    const start = this.take(length);
    return this.buffer.toString('utf8', start, start + length);
  }

  /** Other clients send bytes as strings; a copy must keep them. */
  private text(length: number): string | Buffer {
    const start = this.take(length);
    const text = this.buffer.toString('utf8', start, start + length);
    if (!text.includes(REPLACEMENT) || isUtf8(this.buffer.subarray(start, start + length))) return text;
    return this.bytes(start, length);
  }

  private bytes(start: number, length: number): Buffer {
    return Buffer.from(this.buffer.subarray(start, start + length));
  }

  private endOf(length: number): number {
    const end = this.offset + length;
    if (end > this.buffer.length) throw new RangeError(CUT);
    return end;
  }

  /** The last value may reach beyond the end. */
  private ends(end: number): void {
    if (this.offset !== end) throw new RangeError(CUT);
  }

  private take(length: number): number {
    const start = this.offset;
    this.offset += length;
    if (this.offset > this.buffer.length) throw new RangeError(CUT);
    return start;
  }
}

function deeper(depth: number): number {
  if (depth === MAX_DEPTH) throw new RangeError(`a header is nested deeper than ${MAX_DEPTH} levels`);
  return depth + 1;
}

function dateOf(seconds: number | bigint): Date | number | bigint {
  return seconds >= 0 && seconds <= MAX_DATE_SECONDS ? new Date(Number(seconds) * MS_PER_SECOND) : seconds;
}

function exact(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}
