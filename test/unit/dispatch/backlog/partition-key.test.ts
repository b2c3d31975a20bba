import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { RECORD_HEADERS } from '../../../../src/bridge/index.js';
import { keyReader } from '../../../../src/dispatch/backlog/partition-key.js';
import { wireMessage } from '../../../support/amqp/wire-message.js';

describe('the key of a message', () => {
  const message = wireMessage({
    exchange: 'shop',
    routingKey: 'order.7',
    properties: { correlationId: 'abc', priority: 3, timestamp: 1_700_000_000 },
    headers: { user_id: 42, 'a.b': 'dotted' },
  });
  const bare = wireMessage({ routingKey: '' });

  test('is its routing key, which may be empty', () => {
    const read = keyReader({ kind: 'routing_key' });
    assert.deepEqual([read(message), read(bare)], ['order.7', '']);
  });

  test('is a property, if the message has it', () => {
    const read = keyReader({ kind: 'property', name: 'correlationId' });
    assert.deepEqual([read(message), read(bare)], ['abc', undefined]);
    assert.equal(keyReader({ kind: 'property', name: 'priority' })(message), '3');
    assert.equal(keyReader({ kind: 'property', name: 'timestamp' })(message), '1700000000');
    assert.equal(keyReader({ kind: 'property', name: 'appId' })(message), undefined);
  });

  test('is the same after a retry, whose copy keeps the user among its headers', () => {
    const read = keyReader({ kind: 'property', name: 'userId' });
    const first = wireMessage({ properties: { userId: 'ann' } });
    const again = wireMessage({ headers: { [RECORD_HEADERS.userId]: 'ann' } });
    assert.deepEqual([read(first), read(again), read(message), read(bare)], ['ann', 'ann', undefined, undefined]);
  });

  test('is a header, if the message has it', () => {
    const read = keyReader({ kind: 'header', name: 'user_id' });
    assert.deepEqual([read(message), read(bare)], ['42', undefined]);
    assert.equal(keyReader({ kind: 'header', name: 'a.b' })(message), 'dotted');
    assert.equal(keyReader({ kind: 'header', name: 'user' })(message), undefined);
  });
});
