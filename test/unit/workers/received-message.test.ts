import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { FieldTable, WireProperties } from '../../../src/protocol/index.js';
import { ReceivedMessage } from '../../../workers/received-message.js';
import { throughMemory, wireMessage } from '../../support/wire-message.js';

function receive(body: Uint8Array | string, properties: WireProperties = {}, headers?: FieldTable): ReceivedMessage {
  const message = wireMessage({
    deliveryTag: 7,
    redelivered: true,
    exchange: 'é',
    routingKey: 'a.b',
    properties,
    body: Buffer.from(body),
    ...(headers !== undefined && { headers }),
  });
  return new ReceivedMessage(throughMemory(message), 'tag');
}

describe('the body of a message', () => {
  test('is the bytes that were sent, any bytes', () => {
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

  test('that is no text in its charset says so and which', () => {
    const invalid = Buffer.from([0xff, 0xfe, 0xfd]);
    assert.throws(() => receive(invalid).text(), { code: 'MESSAGE_UNDECODABLE', message: /not utf-8 text/ });
    assert.throws(() => receive('x', { contentEncoding: 'gzip' }).text(), {
      code: 'MESSAGE_UNDECODABLE',
      message: /gzip/,
    });
  });

  test('is parsed as JSON, or says that it is none and why', () => {
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

describe('what stands around the body', () => {
  test('are the headers, decoded once, and an empty table when there are none', () => {
    const message = receive('', undefined, { 'x-id': 2n ** 60n });
    assert.deepEqual(message.headers, { 'x-id': 2n ** 60n });
    assert.equal(message.headers, message.headers);
    assert.deepEqual(receive('').headers, {});
  });

  test('are the properties that the publisher set, with the timestamp as a Date', () => {
    const properties = { contentType: 'a/b', priority: 3, messageId: undefined, timestamp: 1_700_000_000 };
    assert.deepEqual(receive('', properties).properties, {
      contentType: 'a/b',
      priority: 3,
      timestamp: new Date(1_700_000_000_000),
    });
    assert.deepEqual(receive('').properties, {});
    assert.equal('timestamp' in receive('', { priority: 1 }).properties, false);
  });

  test('is where the delivery came from', () => {
    assert.deepEqual(receive('').deliveryInfo, {
      consumerTag: 'tag',
      deliveryTag: 7,
      redelivered: true,
      exchange: 'é',
      routingKey: 'a.b',
    });
  });
});
