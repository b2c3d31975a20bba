import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { decodeFieldTable, encodeFieldTable, type FieldTable } from '../../../src/amqp/index.js';
import { headersFromJson, headersToJson } from '../../../src/dead/transfer/header-json.js';
import { isJsonObject, parseJson } from '../../../src/dead/transfer/json-value.js';
import { lineOf, publishOf } from '../../../src/dead/transfer/message-line.js';
import { type DeadParts, deadMessage, UNREADABLE } from './dead-parts.js';

/** Values of every type that AMQP has, as RabbitMQ writes them. */
const EVERY_TYPE = Buffer.concat([
  Buffer.from('\x01ab\xff\x01bB\xff\x01cs\xff\xfe\x01du\xff\xfe\x01eI\x80\x00\x00\x00\x01fi\xff\xff\xff\xff', 'latin1'),
  Buffer.from('\x01gl\x7f\xff\xff\xff\xff\xff\xff\xff\x01hL\x80\x00\x00\x00\x00\x00\x00\x00', 'latin1'),
  Buffer.from(
    '\x01if\x40\x49\x0f\xdb\x01jd\x3f\xf8\x00\x00\x00\x00\x00\x00\x01kd\x3f\xf0\x00\x00\x00\x00\x00\x00',
    'latin1',
  ),
  Buffer.from('\x01lt\x01\x01mt\x00\x01nV\x01oD\x02\xff\xff\xff\x85\x01pT\x00\x00\x00\x00\x69\x55\xb9\x00', 'latin1'),
  Buffer.from('\x01qS\x00\x00\x00\x02hi\x01rS\x00\x00\x00\x01\xff\x01sx\x00\x00\x00\x02\x00\xff', 'latin1'),
  Buffer.from('\x01tA\x00\x00\x00\x08I\x00\x00\x00\x01Vt\x01\x01uF\x00\x00\x00\x04\x01xt\x01', 'latin1'),
]);

function roundTrip(table: Uint8Array): Buffer {
  const json = parseJson(JSON.stringify(headersToJson(table)));
  assert.ok(isJsonObject(json));
  return headersFromJson(json);
}

function imported(parts: DeadParts): ReturnType<typeof publishOf> {
  return publishOf(JSON.stringify(lineOf(deadMessage(parts).taken, 'q.dead')), 'q.dead');
}

describe('headers as JSON', () => {
  test('keep every AMQP type byte for byte', () => {
    assert.deepEqual(roundTrip(EVERY_TYPE), EVERY_TYPE);
    const { g, h, o, p, r, s } = headersToJson(EVERY_TYPE);
    assert.deepEqual(
      [g, h, o, p, r, s],
      [
        { amqp: 'int64', value: '9223372036854775807' },
        { amqp: 'long', value: '-9223372036854775808' },
        { amqp: 'decimal', value: { places: 2, digits: -123 } },
        { amqp: 'timestamp', value: '1767225600' },
        { amqp: 'text', value: '/w==' },
        { amqp: 'bytes', value: 'AP8=' },
      ],
    );
  });

  test('keep names that JSON merges, reorders or takes for something else, and odd numbers', () => {
    const twice = Buffer.concat([encodeFieldTable({ a: 1 }), encodeFieldTable({ a: 2 })]);
    const proto: FieldTable = Object.fromEntries([['__proto__', 1]]);
    const oddNumbers = Buffer.from(
      '\x01ad\x80\x00\x00\x00\x00\x00\x00\x00\x01bd\x7f\xf8\x00\x00\x00\x00\x00\x01\x01ct\x02',
      'latin1',
    );
    const reordered = Buffer.concat([encodeFieldTable({ b: 1 }), encodeFieldTable({ 1: 2 })]);
    for (const table of [
      twice,
      reordered,
      oddNumbers,
      encodeFieldTable(proto),
      encodeFieldTable({ amqp: 'x' }),
      encodeFieldTable({ inner: { amqp: 'int64', value: '1' }, list: [{ 2: 1, 1: [] }] }),
    ]) {
      assert.deepEqual(roundTrip(table), table, table.toString('latin1'));
    }
  });

  test('keep names that are not UTF-8, at any depth, as base64', () => {
    const named = Buffer.from('\x01\xffV\x02\xc3\x28t\x01\x02okI\x00\x00\x00\x05', 'latin1');
    const twice = Buffer.from('\x01\xffV\x01\xfeV\x01\xfft\x00', 'latin1');
    const inner = Buffer.concat([
      Buffer.from('\x05innerF\x00\x00\x00\x03', 'latin1'),
      Buffer.from('\x01\xffV', 'latin1'),
    ]);
    const inList = Buffer.from('\x04listA\x00\x00\x00\x08F\x00\x00\x00\x03\x01\x80V', 'latin1');
    for (const table of [named, twice, inner, inList]) {
      assert.deepEqual(roundTrip(table), table, table.toString('latin1'));
    }
    assert.deepEqual(headersToJson(named), {
      amqp: 'table',
      value: [
        [{ base64: '/w==' }, null],
        [{ base64: 'wyg=' }, true],
        ['ok', 5],
      ],
    });
    assert.deepEqual(headersToJson(inner), { inner: { amqp: 'table', value: [[{ base64: '/w==' }, null]] } });
  });

  test('keep names of any bytes', () => {
    const entry = fc.uint8Array({ maxLength: 255 }).map((name) => [Buffer.of(name.length), name, Buffer.from('V')]);
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 6 }), (entries) => {
        const table = Buffer.concat(entries.flat());
        assert.deepEqual(roundTrip(table), table);
      }),
      { numRuns: 300 },
    );
  });

  test('keep any table that the encoder can write', () => {
    const { value } = fc.letrec<{ value: unknown }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        fc.string({ unit: 'binary' }),
        fc.integer(),
        fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        fc.boolean(),
        fc.constant(null),
        fc.uint8Array(),
        fc.date({ min: new Date(0), max: new Date('2100-01-01'), noInvalidDate: true }),
        fc.array(tie('value'), { maxLength: 4 }),
        fc.dictionary(fc.string({ maxLength: 8 }), tie('value'), { maxKeys: 4, noNullPrototype: true }),
      ),
    }));
    fc.assert(
      fc.property(fc.dictionary(fc.string({ maxLength: 8 }), value, { noNullPrototype: true }), (table) => {
        const bytes = encodeFieldTable(table);
        assert.deepEqual(roundTrip(bytes), bytes);
      }),
      { numRuns: 300 },
    );
  });
});

describe('a line of an export', () => {
  test('has the body as it is: a text when it is UTF-8, else base64', () => {
    for (const body of ['', 'text', '\u2028\ufeff日本', Buffer.of(0xff, 0x00)]) {
      assert.deepEqual(Buffer.from(imported({ body }).body), Buffer.from(body));
    }
    assert.deepEqual(lineOf(deadMessage({ body: 'text' }).taken, 'q')['body'], 'text');
    assert.deepEqual(lineOf(deadMessage({ body: Buffer.of(0xff) }).taken, 'q')['bodyBase64'], '/w==');
  });

  test('has every property', () => {
    const properties = {
      contentType: 'a/b',
      contentEncoding: 'utf-8',
      deliveryMode: 2,
      priority: 0,
      correlationId: 'c',
      replyTo: 'r',
      messageId: 'm',
      timestamp: 1_767_225_600,
      type: 't',
      appId: 'a',
      clusterId: 'x',
    };
    const { deliveryMode: _, timestamp, ...texts } = properties;
    assert.deepEqual(imported({ properties }).properties, { ...texts, persistent: true, timestamp: BigInt(timestamp) });
  });

  test('becomes a copy without user, lifetime, routes and counts, which would act; headers keep three', () => {
    const headers = { CC: ['elsewhere'], BCC: ['x'], 'x-delivery-count': 3, own: 1 };
    const copy = imported({ headers, properties: { userId: 'somebody', expiration: '1' } });
    assert.deepEqual([copy.exchange, copy.routingKey, copy.mandatory], ['', 'q.dead', true]);
    assert.deepEqual(copy.properties, { persistent: false });
    assert.deepEqual(decodeFieldTable(copy.headers), {
      own: 1,
      'x-amqp-dispatcher-cc': ['elsewhere'],
      'x-amqp-dispatcher-user-id': 'somebody',
      'x-amqp-dispatcher-expiration': '1',
    });
  });

  test('keeps a header name that is not UTF-8, also in the copy that is published', () => {
    const headers = Buffer.from('\x02\xff\xfeS\x00\x00\x00\x01x', 'latin1');
    assert.deepEqual(Buffer.from(imported({ headers }).headers), headers);
  });

  test('without a delivery mode becomes transient, which is the default of AMQP', () => {
    assert.equal(imported({}).properties.persistent, false);
    assert.equal(imported({ properties: { deliveryMode: 2 } }).properties.persistent, true);
  });

  test('keeps headers that cannot be read as bytes, and is then not published', () => {
    const { taken } = deadMessage({ headers: UNREADABLE });
    assert.deepEqual(lineOf(taken, 'q')['headersBase64'], UNREADABLE.toString('base64'));
    assert.throws(() => imported({ headers: UNREADABLE }), /headers: the broker would not accept them/);
  });

  test('is refused with a reason when it is wrong', () => {
    for (const [line, why] of [
      ['{', /JSON/],
      ['[]', /a line is a JSON object/],
      ['{}', /either a body or a bodyBase64/],
      ['{"body":"","bodyBase64":""}', /either a body or a bodyBase64/],
      ['{"body":"","properties":{"mesageId":"x"}}', /"mesageId" is not an AMQP property/],
      ['{"body":"","properties":{"messageId":5}}', /messageId is not a text/],
      ['{"body":"","properties":{"priority":256}}', /priority is not a number from 0 to 255/],
      ['{"body":"","properties":{"timestamp":5}}', /timestamp is not a text of seconds/],
      ['{"body":"","headers":{"a":{"amqp":"int65","value":"1"}}}', /"int65" is not an AMQP type/],
      ['{"body":"","headers":{"amqp":"table","value":[[5,null]]}}', /a header's name is a text, or bytes in base64/],
      ['{"body":"","headers":{"amqp":"table","value":["a"]}}', /a table is a list of pairs/],
      [
        '{"body":"","headers":{"a":{"amqp":"raw","value":"//8="}}}',
        /the broker would not accept them|ends in the middle/,
      ],
    ] as const) {
      assert.throws(() => publishOf(line, 'q'), why, line);
    }
  });
});
