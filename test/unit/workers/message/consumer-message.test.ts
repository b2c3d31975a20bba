import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { encodeFieldTable, type FieldTable, type WireProperties } from '../../../../src/amqp/index.js';
import { RECORD_HEADERS } from '../../../../src/bridge/index.js';
import { ConsumerMessage } from '../../../../workers/message/consumer-message.js';
import { receivedMessage, throughMemory, wireMessage } from '../../../support/amqp/wire-message.js';

function receive(body: Uint8Array | string, properties: WireProperties = {}, headers?: FieldTable): ConsumerMessage {
  const message = wireMessage({
    deliveryTag: 7,
    redelivered: true,
    exchange: 'é',
    routingKey: 'a.b',
    properties,
    body: Buffer.from(body),
    ...(headers !== undefined && { headers }),
  });
  return new ConsumerMessage(throughMemory(message), 'tag');
}

/** A table with so many nested tables. */
function nestedTable(levels: number): Buffer {
  let inner = Buffer.alloc(0);
  for (let level = 0; level < levels; level++) {
    const head = Buffer.from('\x01aF\0\0\0\0', 'latin1');
    head.writeUInt32BE(inner.length, 3);
    inner = Buffer.concat([head, inner]);
  }
  return inner;
}

describe('the body of a message', () => {
  test('is the bytes that were sent, whatever they are', () => {
    const bytes = Buffer.from([0, 255, 254, 128]);
    assert.deepEqual(receive(bytes).body, bytes);
  });

  test('is read as UTF-8 unless a charset is named', () => {
    for (const properties of [
      undefined,
      {},
      { contentType: 'text/plain' },
      { contentEncoding: 'identity' },
      { contentEncoding: '' },
    ]) {
      assert.equal(receive('grün 😀', properties).text(), 'grün 😀');
    }
  });

  test('is read in the charset of content_type, or of content_encoding as Celery sends it', () => {
    const latin1 = Buffer.from('grün', 'latin1');
    assert.equal(receive(latin1, { contentType: 'text/plain; charset=latin1' }).text(), 'grün');
    assert.equal(receive(latin1, { contentType: 'text/plain; Charset="ISO-8859-1"; x=y' }).text(), 'grün');
    assert.equal(receive('grün', { contentEncoding: 'utf-8' }).text(), 'grün');
    assert.equal(receive(Buffer.from('grün', 'utf16le'), { contentEncoding: 'utf-16le' }).text(), 'grün');
    assert.equal(receive('grün', { contentType: 'a/b; charset=utf-8', contentEncoding: 'latin1' }).text(), 'grün');
  });

  test('is reported with its charset when it is not text in it', () => {
    const invalid = Buffer.from([0xff, 0xfe, 0xfd]);
    assert.throws(() => receive(invalid).text(), { code: 'MESSAGE_UNDECODABLE', message: /not utf-8 text/ });
    assert.throws(() => receive('x', { contentEncoding: 'gzip' }).text(), {
      code: 'MESSAGE_UNDECODABLE',
      message: /gzip/,
    });
  });

  test('is parsed as JSON, or the error gives the reason', () => {
    assert.deepEqual(receive('{"a":[1]}').json(), { a: [1] });
    assert.throws(
      () => receive('{"a":').json(),
      (error) => {
        assert.ok(error instanceof Error && 'code' in error);
        assert.equal(error.code, 'MESSAGE_UNDECODABLE');
        assert.match(error.message, /^the body is not JSON: /);
        return error.cause instanceof SyntaxError;
      },
    );
    assert.throws(() => receive(Buffer.from([0xff])).json(), {
      code: 'MESSAGE_UNDECODABLE',
      message: /not utf-8 text/,
    });
  });
});

describe('the metadata of a message', () => {
  test('includes the headers, decoded once, and an empty table without any', () => {
    const message = receive('', undefined, { 'x-id': 2n ** 60n });
    assert.deepEqual(message.headers, { 'x-id': 2n ** 60n });
    assert.equal(message.headers, message.headers);
    assert.deepEqual(receive('').headers, {});
  });

  test("includes the publisher's properties, with the timestamp as a Date", () => {
    const properties = { contentType: 'a/b', priority: 3, messageId: undefined, timestamp: 1_700_000_000 };
    assert.deepEqual(receive('', properties).properties, {
      contentType: 'a/b',
      priority: 3,
      timestamp: new Date(1_700_000_000_000),
    });
    assert.deepEqual(receive('').properties, {});
    assert.equal('timestamp' in receive('', { priority: 1 }).properties, false);
  });

  test('omits a timestamp outside the Date range, because methods of an Invalid Date throw', () => {
    const last = { timestamp: 8_640_000_000_000 };
    assert.deepEqual(receive('', last).properties, { timestamp: new Date(8.64e15) });
    assert.equal('timestamp' in receive('', { timestamp: 8_640_000_000_001 }).properties, false);
  });

  test('counts attempts next to an unreadable header', () => {
    const headers = Buffer.concat([encodeFieldTable({ [RECORD_HEADERS.attempts]: 2 }), Buffer.from('\x01aZ')]);
    assert.equal(receivedMessage({ headers }).attempt, 3);
  });

  test('can be read, or gives the reason', () => {
    assert.equal(receive('').unreadable(), undefined);
    assert.equal(receive('', { messageId: 'm' }, { a: [1, { b: 2n ** 60n }] }).unreadable(), undefined);
    const L = Buffer.from('\x0asent_at_msL\0\0\x01\x9a\xc4\x89\x6e\x00', 'latin1');
    const fromPython = receivedMessage({ headers: L });
    assert.equal(fromPython.unreadable(), undefined);
    assert.equal(typeof fromPython.headers['sent_at_ms'], 'number');
    for (const [headers, why] of [
      ['\x01aZ', /unknown AMQP type tag "Z"/],
      ['\x01aS\0\0\0\x05x', /ends in the middle of a value/],
      [nestedTable(257), /nested deeper than 256 levels/],
    ] as const) {
      const message = receivedMessage({ headers: Buffer.from(headers) });
      assert.match(String(message.unreadable()), /^the headers cannot be read: /);
      assert.match(String(message.unreadable()), why);
    }
  });

  test('includes the exchange and routing key of the delivery', () => {
    assert.deepEqual(receive('').deliveryInfo, {
      consumerTag: 'tag',
      deliveryTag: 7,
      redelivered: true,
      exchange: 'é',
      routingKey: 'a.b',
    });
  });
});
