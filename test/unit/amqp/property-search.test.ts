import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  decodeFieldTable,
  decodePropertyList,
  encodeFieldTable,
  findHeaders,
  findPropertyText,
  isReadableList,
  PROPERTY_FIELDS,
  type PropertyName,
} from '../../../src/amqp/index.js';
import { isNoRouting } from '../../support/amqp/header-names.js';
import { encodePropertyList } from '../../support/amqp/wire-message.js';

const NAMES = PROPERTY_FIELDS.flatMap(([name]): PropertyName[] => (name === 'headers' ? [] : [name]));
const TEXTS = PROPERTY_FIELDS.flatMap(([name, kind]): string[] => (kind === 'text' ? [name] : []));
const text = fc.string({ unit: 'grapheme', maxLength: 60 }).filter((value) => Buffer.byteLength(value) <= 255);
const number = fc.nat(255);
const properties = fc.record(Object.fromEntries(NAMES.map((name) => [name, TEXTS.includes(name) ? text : number])), {
  requiredKeys: [],
  noNullPrototype: true,
});
const tables = fc.option(fc.dictionary(text.filter(isNoRouting), text, { noNullPrototype: true }), { nil: undefined });

describe('the lookup of one property in a list', () => {
  test('equals the property in the decoded list, whichever others are set', () => {
    fc.assert(
      fc.property(properties, tables, (given, table) => {
        const list = encodePropertyList(given, table);
        const whole = decodePropertyList(list).properties;
        for (const name of NAMES) {
          const value = whole[name];
          const expected = value === undefined ? undefined : Buffer.from(String(value)).toString('latin1');
          assert.equal(findPropertyText(list, name), expected, name);
        }
        const found = findHeaders(list);
        assert.deepEqual(found, table === undefined ? undefined : encodeFieldTable(table));
      }),
    );
  });

  test('finds nothing in a truncated list, and does not read beyond its end', () => {
    const given = { contentType: 'a/b', correlationId: 'id', timestamp: 7, priority: 1, appId: 'app' };
    const whole = encodePropertyList(given, { a: 1 });
    const around = Buffer.concat([whole, Buffer.alloc(300, 1)]);
    for (let length = 0; length < whole.length; length++) {
      assert.equal(findPropertyText(around.subarray(0, length), 'appId'), undefined, `${length} bytes`);
      const headers = findHeaders(around.subarray(0, length));
      assert.ok(headers === undefined || headers.equals(encodeFieldTable({ a: 1 })), `${length} bytes`);
    }
  });

  test('works exactly when the list and its headers can be decoded', () => {
    const changes = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 2 });
    let readable = 0;
    fc.assert(
      fc.property(properties, tables, changes, fc.uint8Array({ maxLength: 5 }), (given, table, changed, around) => {
        const list = Buffer.from(encodePropertyList(given, table));
        for (const [at, byte] of changed) list[at % list.length] = byte;
        const within = Buffer.concat([around, list, around]);
        const isReadable = isReadableList(within, around.length, around.length + list.length);
        if (!isReadable) return;
        readable++;
        decodeFieldTable(decodePropertyList(list).headers);
      }),
      { numRuns: 3_000 },
    );
    assert.ok(readable > 100, `only ${readable} were readable`);
    const whole = encodePropertyList({ messageId: 'm', timestamp: 1 }, { a: [1] });
    assert.ok(isReadableList(whole, 0, whole.length));
    for (let length = 0; length < whole.length; length++) assert.equal(isReadableList(whole, 0, length), false);
    assert.equal(isReadableList(Buffer.of(0, 1), 0, 2), false);
  });
});
