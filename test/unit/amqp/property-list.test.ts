import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { decodePropertyList, encodeFieldTable, hasHeaders } from '../../../src/amqp/index.js';
import { isNoRouting } from '../../support/amqp/header-names.js';
import { encodePropertyList } from '../../support/amqp/wire-message.js';

const text = fc.string({ unit: 'grapheme', maxLength: 60 }).filter((value) => Buffer.byteLength(value) <= 255);
const octet = fc.nat(255);
const properties = fc.record(
  {
    contentType: text,
    contentEncoding: text,
    deliveryMode: octet,
    priority: octet,
    correlationId: text,
    replyTo: text,
    expiration: text,
    messageId: text,
    timestamp: fc.maxSafeNat(),
    type: text,
    userId: text,
    appId: text,
    clusterId: text,
  },
  { requiredKeys: [], noNullPrototype: true },
);
const headers = fc.option(fc.dictionary(text.filter(isNoRouting), text, { noNullPrototype: true }), { nil: undefined });

describe('a property list', () => {
  test('decodes to the properties that amqplib encodes, whichever are set', () => {
    fc.assert(
      fc.property(properties, headers, (given, table) => {
        const bytes = encodePropertyList(given, table);
        const found = decodePropertyList(bytes);
        assert.deepEqual(found.properties, given);
        assert.deepEqual(Buffer.from(found.headers), table === undefined ? Buffer.alloc(0) : encodeFieldTable(table));
        assert.equal(hasHeaders(bytes), table !== undefined);
      }),
    );
  });

  test('is refused when truncated anywhere, and is not read beyond its end', () => {
    const whole = encodePropertyList({ contentType: 'a/b', timestamp: 7, priority: 1, appId: 'app' }, { a: 1 });
    const around = Buffer.concat([whole, Buffer.alloc(100, 1)]);
    for (let length = 0; length < whole.length; length++) {
      assert.throws(() => decodePropertyList(around.subarray(0, length)), RangeError, `${length} bytes`);
    }
  });
});
