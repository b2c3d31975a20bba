import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { decodeFieldTable } from '../../../../src/amqp/index.js';
import { encodePublish } from '../../../../workers/publish/publish-encoder.js';

const withOptions = (options: unknown) => () => Reflect.apply(encodePublish, undefined, ['', 'q', {}, 'x', options]);

describe('a publish', () => {
  test('sends bytes unchanged and text as UTF-8, without a content type of its own', () => {
    const bytes = Buffer.from([0, 255]);
    assert.equal(encodePublish('', 'q', {}, bytes).body, bytes);
    const text = encodePublish('', 'q', {}, 'é');
    assert.deepEqual(Buffer.from(text.body), Buffer.from('é'));
    assert.deepEqual(text.properties, { persistent: true });
  });

  test('sends an object as JSON with its content type, unless the caller sets another', () => {
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

  test('carries headers and every property as AMQP values', () => {
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

  test('that cannot be sent names the wrong argument', () => {
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

  test('sends any binary type as its bytes', () => {
    const bytes = new Uint8Array([1, 2, 3, 4]);
    const shared = new SharedArrayBuffer(2);
    new Uint8Array(shared).set([7, 8]);
    for (const [body, expected] of [
      [bytes.buffer, [1, 2, 3, 4]],
      [new DataView(bytes.buffer, 1, 2), [2, 3]],
      [new Uint16Array(bytes.buffer, 2, 1), [3, 4]],
      [shared, [7, 8]],
    ] as const) {
      const encoded = encodePublish('', 'q', {}, body);
      assert.deepEqual([...encoded.body], expected);
      assert.equal(encoded.properties.contentType, undefined);
    }
  });

  test('refuses a body that JSON would show as empty, with its position and an alternative', () => {
    const cases: readonly (readonly [object, RegExp])[] = [
      [Promise.resolve({ id: 1 }), /^publish: body is a Promise \(await it first\)$/],
      [new Map([[1, 2]]), /^publish: body is a Map \(use Object\.fromEntries\(map\)\)$/],
      [new Set([1]), /^publish: body is a Set/],
      [new Blob(['text']), /^publish: body is a Blob \(use Buffer\.from\(await value\.arrayBuffer\(\)\)\)$/],
      [new Error('lost'), /^publish: body is an Error, which JSON cannot represent/],
      [/x/, /^publish: body is a RegExp/],
      [{ user: Promise.resolve(1) }, /^publish: body\.user is a Promise/],
      [{ items: [1, { tags: new Set([1]) }] }, /^publish: body\.items\[1\]\.tags is a Set/],
      [[new Map()], /^publish: body\[0\] is a Map/],
    ];
    for (const [body, message] of cases) {
      assert.throws(() => encodePublish('', 'q', {}, body), { code: 'PUBLISH_INVALID', message });
    }
  });

  test('sends empty plain objects, and objects that define their own JSON', () => {
    class Ping {
      #private = 1;
      get one(): number {
        return this.#private;
      }
    }
    for (const body of [{}, new Ping(), { a: {}, b: [{}] }, { toJSON: () => ({}) }, { at: new Date(0), empty: {} }]) {
      assert.equal(Buffer.from(encodePublish('', 'q', {}, body).body).toString(), JSON.stringify(body));
    }
  });

  test('refuses a body that no broker accepts', () => {
    // Its memory pages are never used.
    const huge = new ArrayBuffer(512 * 1024 * 1024 + 1);
    assert.throws(() => encodePublish('', 'q', {}, huge), {
      code: 'PUBLISH_INVALID',
      message: 'publish: body has 536870913 bytes (RabbitMQ accepts at most 536870912)',
    });
  });

  test('refuses malformed or unknown options, and suggests the right one', () => {
    const cases: readonly (readonly [unknown, RegExp])[] = [
      [null, /^publish: options is null \(expected an object such as/],
      [[], /^publish: options is a list/],
      ['mandatory', /^publish: options is a string/],
      [{ correlation_id: 'a' }, /^publish: there is no option "correlation_id" \(did you mean correlationId\?\)$/],
      [{ MessageID: 'a' }, /did you mean messageId\?/],
      [{ headers: {} }, /there is no option "headers" \(headers are the third argument of publish\)/],
      [{ CC: [] }, /CC is a header/],
      [{ ttl: 5 }, /there is no option "ttl" \(there are appId, .*userId\)/],
      [{ deliveryMode: 3 }, /deliveryMode is 3 \(expected 2, persistent, or 1\)/],
      [{ deliveryMode: 1, persistent: true }, /set only one of them/],
      [{ replyTo: 'amq.rabbitmq.reply-to' }, /replyTo is amq\.rabbitmq\.reply-to, which needs a consumer/],
      [{ messageId: null }, /messageId must be a string, not null/],
      [{ priority: Symbol('p') }, /priority is Symbol\(p\)/],
    ];
    for (const [options, message] of cases) {
      assert.throws(withOptions(options), { name: 'DeliveryError', code: 'PUBLISH_INVALID', message });
    }
    assert.doesNotThrow(withOptions(undefined));
    assert.doesNotThrow(withOptions({ unknown: undefined }));
  });

  test('accepts the properties of a received message', () => {
    const properties = { deliveryMode: 1, clusterId: 'c', messageId: 'm', timestamp: new Date(1_000) };
    assert.deepEqual(encodePublish('', 'q', {}, '', properties).properties, {
      persistent: false,
      clusterId: 'c',
      messageId: 'm',
      timestamp: 1,
    });
    assert.deepEqual(encodePublish('', 'q', {}, '', { deliveryMode: 2 }).properties, { persistent: true });
  });

  test('names the header over which RabbitMQ would close the connection or the channel', () => {
    const cases: readonly (readonly [object, RegExp])[] = [
      [{ items: [1, 2, { price: Number.NaN }] }, /^publish: headers\.items\[2\]\.price is NaN/],
      [{ CC: 'q' }, /^publish: headers\.CC is a string \(expected a list/],
      [{ BCC: null }, /^publish: headers\.BCC is null \(expected a list/],
      [new Map([['a', 1]]), /^publish: headers is a Map/],
    ];
    for (const [headers, message] of cases) {
      assert.throws(() => Reflect.apply(encodePublish, undefined, ['', 'q', headers, '']), {
        code: 'PUBLISH_INVALID',
        message,
      });
    }
  });

  test('may omit its headers', () => {
    assert.equal(Reflect.apply(encodePublish, undefined, ['x', 'k', undefined, '']).headers.length, 0);
    assert.equal(Reflect.apply(encodePublish, undefined, ['x', 'k', null, '']).headers.length, 0);
  });
});
