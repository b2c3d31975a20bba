import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { decodeFieldTable, encodeFieldTable, type FieldValue, isFieldTable } from '../../../src/protocol/index.js';

const value = fc.letrec<{ value: FieldValue }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.string(),
    fc.integer(),
    fc.double(),
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
const table = fc.dictionary(fc.string({ maxLength: 20 }), value, { maxKeys: 5 });

function nested(levels: number): object {
  let inner: object = {};
  for (let level = 0; level < levels; level++) inner = { a: inner };
  return inner;
}

describe('the check of a field table', () => {
  test('lets every table through that our encoder makes', () => {
    fc.assert(fc.property(table, (headers) => isFieldTable(encodeFieldTable(headers))));
    assert.ok(isFieldTable(encodeFieldTable(nested(60))));
  });

  test('refuses every table that is cut short', () => {
    fc.assert(
      fc.property(table, fc.nat(), (headers, random) => {
        const bytes = encodeFieldTable({ ...headers, last: 1 });
        assert.equal(isFieldTable(bytes.subarray(0, bytes.length - 1 - (random % 4))), false);
      }),
    );
  });

  test('lets nothing through that cannot be decoded', () => {
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

  test('refuses a table that is nested without end instead of following it', () => {
    const levels = 100_000;
    const bytes = Buffer.alloc(levels * 6);
    for (let level = 0; level < levels; level++) {
      bytes.write('\0F', level * 6, 'latin1');
      bytes.writeUInt32BE((levels - level - 1) * 6, level * 6 + 2);
    }
    assert.equal(isFieldTable(bytes), false);
  });
});
