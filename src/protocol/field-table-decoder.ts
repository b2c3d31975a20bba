import type { FieldTable, FieldValue } from './field-table.js';

const MS_PER_SECOND = 1000;

/** Decodes the content of a table (without its length prefix). */
export function decodeFieldTable(bytes: Uint8Array): FieldTable {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return new Decoder(buffer).table(buffer.length);
}

/** One header as it stands in a table: its name, and all of its bytes. */
export interface FieldTableEntry {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** Takes a table apart without touching its values: what is put together again is what it was, to the byte. */
export function splitFieldTable(bytes: Uint8Array): FieldTableEntry[] {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return new Decoder(buffer).entries();
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

  entries(): FieldTableEntry[] {
    const entries: FieldTableEntry[] = [];
    while (this.offset < this.buffer.length) {
      const start = this.offset;
      const name = this.text(this.buffer.readUInt8(this.take(1)));
      this.value();
      entries.push({ name, bytes: this.buffer.subarray(start, this.offset) });
    }
    return entries;
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
