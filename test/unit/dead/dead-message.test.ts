import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { encodeFieldTable, type FieldValue } from '../../../src/amqp/index.js';
import { RECORD_HEADERS } from '../../../src/bridge/index.js';
import { factsOf, wholeMessage } from '../../../src/dead/message/message-facts.js';
import { deadNameOf, originalNameOf } from '../../../src/dead/queue-name.js';
import { deadMessage, RECORD, UNREADABLE } from './dead-parts.js';

describe('the id of a dead message', () => {
  test('is its messageId', () => {
    assert.equal(deadMessage({ properties: { messageId: 'm-1' } }).id, 'm-1');
  });

  test('is a hash of its content without one, equal for equal messages', () => {
    const { id } = deadMessage();
    assert.match(id, /^[0-9a-f]{12}$/);
    assert.equal(deadMessage().id, id);
    const others = [
      deadMessage({ body: 'another' }),
      deadMessage({ headers: { ...RECORD, own: 1 } }),
      deadMessage({ properties: { type: 'x' } }),
      deadMessage({ properties: { messageId: '' } }),
      deadMessage({ headers: UNREADABLE }),
    ];
    assert.equal(new Set([id, ...others.map((other) => other.id)]).size, others.length + 1);
  });

  test('survives the broker counting a look at it and reordering its headers', () => {
    const { id } = deadMessage({ headers: { a: 1, b: 2 } });
    assert.equal(deadMessage({ headers: { 'x-delivery-count': 4, 'x-acquired-count': 5, a: 1, b: 2 } }).id, id);
    assert.equal(
      deadMessage({ headers: Buffer.concat([encodeFieldTable({ b: 2 }), encodeFieldTable({ a: 1 })]) }).id,
      id,
    );
  });
});

describe('the facts of a dead message', () => {
  test('are its failure record, its size and the beginning of its body', () => {
    assert.deepEqual(factsOf(deadMessage({ properties: { messageId: 'm-1' }, body: 'x'.repeat(1_000) })), {
      id: 'm-1',
      diedAt: '2026-11-25T00:00:00.000Z',
      reason: 'exhausted',
      attempts: 3,
      errorType: 'TypeError E_TEST',
      cause: 'timeout of smtp',
      queue: 'email',
      consumer: 'Email',
      host: 'h',
      exchange: 'jobs',
      routingKey: 'a.b',
      bytes: 1_000,
      preview: 'x'.repeat(200),
    });
  });

  test('omit what is unknown', () => {
    const { id, ...facts } = factsOf(deadMessage({ headers: {} }));
    assert.deepEqual([typeof id, facts], ['string', { bytes: 4, preview: 'body' }]);
    assert.equal('headers' in wholeMessage(deadMessage({ headers: UNREADABLE })), false);
  });

  test('include all headers and properties in full view, and a binary body as base64', () => {
    const headers = { big: 2n ** 60n, at: new Date(0), bytes: Buffer.of(0xff), list: [1, { deep: null }] };
    const whole = wholeMessage(deadMessage({ headers, properties: { priority: 2 }, body: Buffer.of(0xc3, 0x28) }));
    assert.deepEqual(whole.headers, {
      big: '1152921504606846976',
      at: '1970-01-01T00:00:00.000Z',
      bytes: '/w==',
      list: [1, { deep: null }],
    });
    assert.deepEqual([whole.properties, whole.body, whole.bodyEncoding], [{ priority: 2 }, 'wyg=', 'base64']);
  });

  test('include its validation errors one by one, whatever the header holds', () => {
    const cases: readonly [FieldValue, readonly string[]][] = [
      [
        ['/a must be string', '/b must be null'],
        ['/a must be string', '/b must be null'],
      ],
      ['one text', ['one text']],
      [
        [5, ['deep']],
        ['5', '["deep"]'],
      ],
    ];
    for (const [value, shown] of cases) {
      const headers = { [RECORD_HEADERS.validationErrors]: value };
      assert.deepEqual(wholeMessage(deadMessage({ headers })).validationErrors, shown);
    }
    assert.equal('validationErrors' in wholeMessage(deadMessage()), false);
  });

  test('count how often a quorum queue got it back', () => {
    assert.equal(deadMessage().timesReturned, 0);
    assert.equal(deadMessage({ headers: { 'x-delivery-count': 4, 'x-acquired-count': 7 } }).timesReturned, 7);
    assert.equal(deadMessage({ headers: { 'x-delivery-count': 'many' } }).timesReturned, 0);
  });
});

test('a dead queue is named by itself or by its queue', () => {
  assert.deepEqual(['email', 'email.dead'].map(deadNameOf), ['email.dead', 'email.dead']);
  assert.deepEqual(['email.dead', 'odd'].map(originalNameOf), ['email', undefined]);
  assert.equal(Buffer.byteLength(deadNameOf('ü'.repeat(127))), 255);
});
