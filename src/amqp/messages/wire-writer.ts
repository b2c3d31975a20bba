import { SHORT_STRING_BYTES } from './short-string.js';

const WORD = 2 ** 32;

/** Writes AMQP's plain values into memory that grows on `reserve`. */
export class WireWriter {
  memory: Buffer<ArrayBuffer>;
  at = 0;

  constructor(memory: Buffer<ArrayBuffer>) {
    this.memory = memory;
  }

  /** Makes room for more bytes; the other methods do not check. */
  reserve(bytes: number): void {
    const needed = this.at + bytes;
    if (needed <= this.memory.length) return;
    const larger = Buffer.allocUnsafeSlow(needed);
    this.memory.copy(larger, 0, 0, this.at);
    this.memory = larger;
  }

  octet(value: number): void {
    this.memory[this.at++] = value;
  }

  short(value: number): void {
    this.at = this.memory.writeUInt16BE(value, this.at);
  }

  long(value: number): void {
    this.at = this.memory.writeUInt32BE(value, this.at);
  }

  /** @param value 64 bits; a number is at most `Number.MAX_SAFE_INTEGER` */
  longLong(value: number | bigint): void {
    if (typeof value === 'bigint') {
      this.at = this.memory.writeBigUInt64BE(value, this.at);
      return;
    }
    this.long(Math.floor(value / WORD));
    this.long(value % WORD);
  }

  /** @throws RangeError when it has more than 255 bytes */
  shortString(text: string | Uint8Array): void {
    const length = typeof text === 'string' ? this.memory.write(text, this.at + 1) : text.length;
    if (length > SHORT_STRING_BYTES) throw new RangeError(`a short string has ${length} bytes (at most 255)`);
    if (typeof text !== 'string') this.memory.set(text, this.at + 1);
    this.memory[this.at] = length;
    this.at += 1 + length;
  }

  bytes(value: Uint8Array): void {
    this.memory.set(value, this.at);
    this.at += value.length;
  }
}
