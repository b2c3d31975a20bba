import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { decodeFieldTable, encodeFieldTable, type FieldTable, findFieldText } from '../../../src/amqp/index.js';

function find(table: FieldTable, name: string): string | undefined {
  return findFieldText(encodeFieldTable(table), Buffer.from(name));
}

/** A table of one encoded value, with the type tag that sets the width of a number. */
function encoded(name: string, tag: string, value: Uint8Array): Buffer {
  return Buffer.concat([Buffer.of(name.length), Buffer.from(name + tag), value]);
}

const name = fc.constantFrom('a', 'user_id', 'nöt', '', '__proto__', 'user_id2');
const scalar = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 300 }),
  fc.integer(),
  fc.maxSafeInteger(),
  fc.bigInt({ min: 2n ** 53n, max: 2n ** 63n - 1n }),
  fc.boolean(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
);
const other = fc.oneof(
  fc.constant(null),
  fc.uint8Array().map((bytes) => Buffer.from(bytes)),
  fc.date({ min: new Date(0), noInvalidDate: true }),
  fc.array(scalar, { maxLength: 3 }),
  fc.constant({ inner: { user_id: 'not this one' } }),
);

describe('the lookup of one value in a field table', () => {
  test('equals the value in the decoded table, whatever precedes it', () => {
    const before = fc.array(fc.tuple(name, fc.oneof(scalar, other)), { maxLength: 4 });
    fc.assert(
      fc.property(before, scalar, (entries, wanted) => {
        const table: FieldTable = Object.fromEntries([...entries, ['wanted', wanted]]);
        const bytes = encodeFieldTable(table);
        const decoded = decodeFieldTable(bytes)['wanted'];
        assert.ok(typeof decoded !== 'object');
        const expected = Buffer.from(String(decoded)).toString('latin1');
        assert.equal(findFieldText(bytes, Buffer.from('wanted')), expected);
        assert.equal(findFieldText(bytes, Buffer.from('want')), undefined);
      }),
      { numRuns: 500 },
    );
  });

  test('reads numbers of any width, and text that looks like them, as the same text', () => {
    const wide = Buffer.alloc(8);
    wide.writeBigInt64BE(5n);
    const double = Buffer.alloc(8);
    double.writeDoubleBE(5);
    const ways = [
      encoded('n', 'b', Buffer.of(5)),
      encoded('n', 'B', Buffer.of(5)),
      encoded('n', 's', Buffer.of(0, 5)),
      encoded('n', 'I', Buffer.of(0, 0, 0, 5)),
      encoded('n', 'l', wide),
      encoded('n', 'L', wide),
      encoded('n', 'd', double),
      encoded('n', 'S', Buffer.from('\0\0\0\x015')),
      encoded('n', 'x', Buffer.from('\0\0\0\x015')),
    ];
    for (const table of ways) assert.equal(findFieldText(table, Buffer.from('n')), '5', table.toString('latin1'));
  });

  test('tells booleans, times, bytes, lists and tables apart', () => {
    const values = [
      true,
      false,
      new Date(1_000),
      new Date(2_000),
      Buffer.of(1),
      Buffer.of(2),
      [1],
      [2],
      [],
      { a: 1 },
      { a: 2 },
    ];
    const texts = values.map((value) => find({ value }, 'value'));
    assert.equal(new Set(texts).size, values.length);
    assert.ok(!texts.includes(undefined));
  });

  test('finds nothing when the name is missing or its value is void', () => {
    assert.equal(find({ a: 1, b: null }, 'c'), undefined);
    assert.equal(find({ a: 1, b: null }, 'b'), undefined);
    assert.equal(find({}, 'a'), undefined);
  });

  test('finds nothing and reads no further when the table is truncated or has an unknown tag', () => {
    const whole = encodeFieldTable({ first: 'text', list: [1, 2], wanted: 1_000_000 });
    const around = Buffer.concat([whole, Buffer.alloc(300, 1)]);
    for (let length = 0; length < whole.length; length++) {
      assert.equal(findFieldText(around.subarray(0, length), Buffer.from('wanted')), undefined, `${length} bytes`);
    }
    const odd = Buffer.concat([encoded('odd', 'Q', Buffer.of(1)), whole]);
    assert.equal(findFieldText(odd, Buffer.from('wanted')), undefined);
  });
});
