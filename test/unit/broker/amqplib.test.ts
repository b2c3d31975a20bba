import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { decodeFieldTable, encodeFieldTable } from '../../../src/amqp/index.js';
import { amqplib, RawTable } from '../../../src/broker/amqplib.js';

/** The frame codec of amqplib: what its connection writes and reads with. */
interface FrameCodec {
  readonly BasicProperties: number;
  encodeProperties(id: number, channel: number, size: number, fields: object): Buffer;
  decode(id: number, bytes: Buffer): { readonly headers?: unknown };
}

/** type, channel and size of the frame, then class, weight and size of the body */
const BEFORE_PROPERTIES = 7 + 12;

const load = createRequire(import.meta.url);
const codec: FrameCodec = load(join(dirname(load.resolve('amqplib')), 'lib', 'defs.js'));

function throughFrame(headers: object): unknown {
  const frame = codec.encodeProperties(codec.BasicProperties, 1, 0, { headers });
  return codec.decode(codec.BasicProperties, frame.subarray(BEFORE_PROPERTIES, -1)).headers;
}

describe('the frame codec of amqplib', () => {
  test('sends the bytes of a raw table as they are and hands received tables over as bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2_000 }), (bytes) => {
        const received = throughFrame(new RawTable(bytes));
        assert.ok(received instanceof RawTable);
        assert.deepEqual(Buffer.from(received.bytes), Buffer.from(bytes));
      }),
    );
  });

  test('keeps a 64-bit header exact on its way out and in', () => {
    const headers = { id: 2n ** 63n - 1n, when: new Date(1_000), raw: Buffer.from([0, 255]) };
    const received = throughFrame(new RawTable(encodeFieldTable(headers)));
    assert.ok(received instanceof RawTable);
    assert.deepEqual(decodeFieldTable(received.bytes), headers);
  });

  test('still encodes plain tables, as queue arguments are', () => {
    const received = throughFrame({ 'x-max-length': 10, 'x-queue-type': 'quorum' });
    assert.ok(received instanceof RawTable);
    assert.deepEqual(decodeFieldTable(received.bytes), { 'x-max-length': 10, 'x-queue-type': 'quorum' });
  });

  test('finds a raw table that stands behind a table of amqplib as its prototype', () => {
    const bytes = encodeFieldTable({ a: 1 });
    const received = throughFrame(Object.create(new RawTable(bytes)));
    assert.ok(received instanceof RawTable);
    assert.deepEqual(Buffer.from(received.bytes), bytes);
  });

  test('refuses headers that no frame can hold, by their size', () => {
    assert.throws(() => throughFrame(new RawTable(new Uint8Array(1_000_000))), {
      name: 'RangeError',
      message: /headers have 1000000 bytes/,
    });
  });
});

test('the library that is exported is amqplib itself', () => {
  assert.equal(typeof amqplib.connect, 'function');
});
