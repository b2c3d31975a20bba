import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { decodeFieldTable } from '../../../src/protocol/index.js';
import { encodePublish } from '../../../workers/publish-encoder.js';

describe('a publish', () => {
  test('sends bytes as they are and text as UTF-8, with no content type of our own', () => {
    const bytes = Buffer.from([0, 255]);
    assert.equal(encodePublish('', 'q', {}, bytes).body, bytes);
    const text = encodePublish('', 'q', {}, 'é');
    assert.deepEqual(Buffer.from(text.body), Buffer.from('é'));
    assert.deepEqual(text.properties, { persistent: true });
  });

  test('sends an object as JSON with its content type, unless the caller names another', () => {
    const json = encodePublish('', 'q', {}, { a: [1, null] });
    assert.equal(Buffer.from(json.body).toString(), '{"a":[1,null]}');
    assert.equal(json.properties.contentType, 'application/json');
    const own = encodePublish('', 'q', {}, { a: 1 }, { contentType: 'application/vnd.own+json' });
    assert.equal(own.properties.contentType, 'application/vnd.own+json');
  });

  test('is persistent and not mandatory by default', () => {
    const plain = encodePublish('x', 'k', {}, '');
    assert.deepEqual(
      [plain.exchange, plain.routingKey, plain.mandatory, plain.properties],
      ['x', 'k', false, { persistent: true }],
    );
    const other = encodePublish('x', 'k', {}, '', { mandatory: true, persistent: false });
    assert.deepEqual([other.mandatory, other.properties], [true, { persistent: false }]);
  });

  test('carries headers and every property in the terms of AMQP', () => {
    const { headers, properties } = encodePublish('', 'q', { n: 2n ** 60n }, '', {
      contentType: 'text/plain',
      contentEncoding: 'utf-8',
      priority: 0,
      correlationId: 'c',
      replyTo: 'r',
      expiration: 1500,
      messageId: 'm',
      timestamp: new Date(1_999),
      type: 't',
      userId: 'u',
      appId: 'a',
    });
    assert.deepEqual(decodeFieldTable(headers), { n: 2n ** 60n });
    assert.deepEqual(properties, {
      persistent: true,
      contentType: 'text/plain',
      contentEncoding: 'utf-8',
      priority: 0,
      correlationId: 'c',
      replyTo: 'r',
      expiration: '1500',
      messageId: 'm',
      timestamp: 1,
      type: 't',
      userId: 'u',
      appId: 'a',
    });
  });

  test('that cannot be sent says which argument is wrong', () => {
    const ring: Record<string, unknown> = {};
    ring.again = ring;
    const untyped: unknown = 5;
    const cases: readonly (readonly [() => unknown, RegExp])[] = [
      [() => Reflect.apply(encodePublish, undefined, [untyped, 'k', {}, '']), /exchange must be a string, not number/],
      [() => Reflect.apply(encodePublish, undefined, ['x', null, {}, '']), /routingKey must be a string, not null/],
      [() => encodePublish('x', 'é'.repeat(128), {}, ''), /routingKey has 256 bytes \(AMQP allows 255\)/],
      [() => Reflect.apply(encodePublish, undefined, ['x', 'k', 'text', '']), /headers must be an object/],
      [() => Reflect.apply(encodePublish, undefined, ['x', 'k', [], '']), /headers must be an object/],
      [() => Reflect.apply(encodePublish, undefined, ['x', 'k', { f: () => 1 }, '']), /headers\.f is a function/],
      [() => encodePublish('x', 'k', {}, ring), /body cannot be sent as JSON/],
      [() => Reflect.apply(encodePublish, undefined, ['x', 'k', {}, undefined]), /body must be a Buffer, a string/],
      [() => encodePublish('x', 'k', {}, { toJSON: () => undefined }), /body must be a Buffer, a string/],
      [() => encodePublish('x', 'k', {}, '', { priority: 256 }), /priority is 256 \(expected 0 to 255\)/],
      [() => encodePublish('x', 'k', {}, '', { priority: 1.5 }), /priority is 1\.5/],
      [() => encodePublish('x', 'k', {}, '', { expiration: '5s' }), /expiration is 5s \(expected whole milliseconds/],
      [() => encodePublish('x', 'k', {}, '', { expiration: 2 ** 32 }), /at most 4294967295\)/],
      [() => encodePublish('x', 'k', {}, '', { expiration: -1 }), /expiration is -1/],
      [() => encodePublish('x', 'k', {}, '', { timestamp: new Date(Number.NaN) }), /timestamp must be a Date/],
      [() => encodePublish('x', 'k', {}, '', { messageId: 'm'.repeat(256) }), /messageId has 256 bytes/],
    ];
    for (const [publish, message] of cases) {
      assert.throws(publish, { name: 'DeliveryError', code: 'PUBLISH_INVALID', message });
    }
  });

  test('may leave its headers out', () => {
    assert.equal(Reflect.apply(encodePublish, undefined, ['x', 'k', undefined, '']).headers.length, 0);
    assert.equal(Reflect.apply(encodePublish, undefined, ['x', 'k', null, '']).headers.length, 0);
  });
});
