import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  decodeFieldTable,
  encodeFieldTable,
  type FieldValue,
  isFieldTable,
  isReadableTable,
} from '../../../src/amqp/index.js';
import { isNoRouting } from '../../support/amqp/header-names.js';

const value = fc.letrec<{ value: FieldValue }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.string(),
    fc.integer(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.boolean(),
    fc.constant(null),
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    fc.date({ min: new Date(0), noInvalidDate: true }),
    fc.uint8Array(),
    fc.constant({ '!': 'decimal' as const, value: { places: 2, digits: 314 } }),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.string({ maxLength: 20 }), tie('value'), { maxKeys: 4 }),
  ),
})).value;
const name = fc.string({ maxLength: 20 }).filter(isNoRouting);
const table = fc.dictionary(name, value, { maxKeys: 5 });

function nested(levels: number): object {
  let inner: object = {};
  for (let level = 0; level < levels; level++) inner = { a: inner };
  return inner;
}

/** A table of one number, of eight bytes or of four. */
function double(number: number): Buffer {
  const bytes = Buffer.from('\x01ad        ', 'latin1');
  bytes.writeDoubleBE(number, 3);
  return bytes;
}

function float(number: number): Buffer {
  const bytes = Buffer.from('\x01af    ', 'latin1');
  bytes.writeFloatBE(number, 3);
  return bytes;
}

describe('the check of a field table', () => {
  test('accepts every table that our encoder makes', () => {
    fc.assert(fc.property(table, (headers) => isFieldTable(encodeFieldTable(headers))));
    assert.ok(isFieldTable(encodeFieldTable(nested(256))));
  });

  test('refuses the numbers that make RabbitMQ close the connection, at any depth', () => {
    for (const number of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      for (const bytes of [double(number), float(number)]) {
        assert.equal(isFieldTable(bytes), false);
        const head = Buffer.from('\x01aF\0\0\0\0', 'latin1');
        head.writeUInt32BE(bytes.length, 3);
        assert.equal(isFieldTable(Buffer.concat([head, bytes])), false);
      }
    }
    for (const number of [0, -0, 5e-324, Number.MAX_VALUE, -1.5]) assert.ok(isFieldTable(double(number)));
    assert.ok(isFieldTable(float(3.4e38)));
  });

  test('accepts every tag that RabbitMQ accepts, and no other', () => {
    const sizes = { t: 1, b: 1, B: 1, s: 2, u: 2, I: 4, i: 4, l: 8, L: 8, f: 4, d: 8, D: 5, T: 8, V: 0 };
    const contents = new Map([
      ...Object.entries(sizes).map(([tag, size]) => [tag, Buffer.alloc(size)] as const),
      ...Array.from('SxFA', (tag) => [tag, Buffer.alloc(4)] as const),
    ]);
    for (let code = 0; code < 256; code++) {
      const content = contents.get(String.fromCharCode(code));
      const bytes = Buffer.concat([Buffer.of(1, 0x61, code), content ?? Buffer.alloc(8)]);
      assert.equal(isFieldTable(bytes), content !== undefined, `tag ${code}`);
      assert.equal(isReadableTable(bytes, 0, bytes.length), content !== undefined, `tag ${code}`);
      if (content !== undefined) assert.doesNotThrow(() => decodeFieldTable(bytes));
    }
  });

  test('tells which tables can be decoded', () => {
    let readable = 0;
    fc.assert(
      fc.property(
        table,
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 3 }),
        fc.uint8Array({ maxLength: 9 }),
        (headers, changes, around) => {
          const bytes = encodeFieldTable({ ...headers, last: 'x' });
          for (const [at, byte] of changes) bytes[at % bytes.length] = byte;
          const within = Buffer.concat([around, bytes, around]);
          const isReadable = isReadableTable(within, around.length, around.length + bytes.length);
          if (isReadable) readable++;
          if (isReadable) decodeFieldTable(bytes);
          else assert.throws(() => decodeFieldTable(bytes));
        },
      ),
      { numRuns: 3_000 },
    );
    assert.ok(readable > 100, `only ${readable} were readable`);
  });

  test('refuses every truncated table', () => {
    fc.assert(
      fc.property(table, fc.nat(), (headers, random) => {
        const bytes = encodeFieldTable({ ...headers, last: 1 });
        assert.equal(isFieldTable(bytes.subarray(0, bytes.length - 1 - (random % 4))), false);
      }),
    );
  });

  test('accepts nothing that cannot be decoded', () => {
    fc.assert(
      fc.property(
        table,
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 3 }),
        (headers, changes) => {
          const bytes = encodeFieldTable({ ...headers, last: 'x' });
          for (const [at, byte] of changes) bytes[at % bytes.length] = byte;
          if (isFieldTable(bytes)) decodeFieldTable(bytes);
        },
      ),
      { numRuns: 2_000 },
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        if (isFieldTable(bytes)) decodeFieldTable(bytes);
      }),
      { numRuns: 2_000 },
    );
  });

  test('refuses an endlessly nested table without recursing into it', () => {
    const levels = 100_000;
    const bytes = Buffer.alloc(levels * 6);
    for (let level = 0; level < levels; level++) {
      bytes.write('\0F', level * 6, 'latin1');
      bytes.writeUInt32BE((levels - level - 1) * 6, level * 6 + 2);
    }
    assert.equal(isFieldTable(bytes), false);
  });
});
