import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { identityOf } from '../../../../src/bridge/index.js';
import { wireMessage } from '../../../support/amqp/wire-message.js';

describe('the message identity in a log line', () => {
  test('has message id, correlation id and routing key', () => {
    const properties = { messageId: 'ü-1', correlationId: 'c-1', priority: 3 };
    assert.deepEqual(identityOf(wireMessage({ routingKey: 'a.b', properties })), {
      messageId: 'ü-1',
      correlationId: 'c-1',
      routingKey: 'a.b',
    });
  });

  test('omits absent values', () => {
    assert.deepEqual(identityOf(wireMessage({ routingKey: '', properties: { messageId: '', correlationId: 'c' } })), {
      correlationId: 'c',
    });
  });

  test('is empty, without an error, when the bytes cannot be read', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 30 }), fc.uint8Array({ maxLength: 30 }), (route, properties) => {
        const texts = Object.values(identityOf({ route, properties }));
        assert.ok(texts.every((text) => typeof text === 'string' && text !== ''));
      }),
    );
    const { properties } = wireMessage({ properties: { messageId: 'm' } });
    assert.deepEqual(identityOf({ route: new Uint8Array([9]), properties }), { messageId: 'm' });
  });
});
