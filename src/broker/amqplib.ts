import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type * as Amqplib from 'amqplib';

/**
 * amqplib, with header tables left in the broker's encoding.
 *
 * amqplib decodes 64-bit integers into doubles and offers no other way, so the two functions that its frame codec takes
 * from `lib/codec` are replaced before the codec is loaded: tables that arrive stay bytes (`RawTable`, decoded in the
 * worker thread if a consumer looks), and a `RawTable` that is sent is copied as it is. The version is pinned, and a
 * test sends a table through the real broker.
 */

/** A field table in AMQP encoding, without its length prefix. */
export class RawTable {
  readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }
}

interface Codec {
  decodeFields: (slice: Buffer) => unknown;
  encodeTable: (buffer: Buffer, table: object, offset: number) => number;
}

const LENGTH_PREFIX = 4;

const load = createRequire(import.meta.url);
const entry = load.resolve('amqplib');
const codec: Codec = load(join(dirname(entry), 'lib', 'codec.js'));
const encodePlainTable = codec.encodeTable;

codec.decodeFields = (slice) => new RawTable(slice);
codec.encodeTable = (buffer, table, offset) => {
  // amqplib hangs its own headers onto ours as a prototype: an inherited RawTable is one too.
  if (!(table instanceof RawTable)) return encodePlainTable(buffer, table, offset);
  const { bytes } = table;
  if (offset + LENGTH_PREFIX + bytes.length > buffer.length) {
    throw new RangeError(`headers have ${bytes.length} bytes (at most ${buffer.length - LENGTH_PREFIX} can be sent)`);
  }
  buffer.writeUInt32BE(bytes.length, offset);
  buffer.set(bytes, offset + LENGTH_PREFIX);
  return LENGTH_PREFIX + bytes.length;
};

/** The library itself; import it from nowhere else, or headers would be decoded after all. */
export const amqplib: typeof Amqplib = load(entry);
