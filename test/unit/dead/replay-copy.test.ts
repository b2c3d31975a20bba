import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { decodeFieldTable, encodeFieldTable } from '../../../src/amqp/index.js';
import { RECORD_HEADERS } from '../../../src/bridge/index.js';
import { replayCopy } from '../../../src/dead/replay/replay-copy.js';
import { deadMessage, RECORD, UNREADABLE } from './dead-parts.js';

describe('the copy that a replay publishes', () => {
  test('goes straight to the queue in which the message died, as a mandatory message', () => {
    const { exchange, routingKey, mandatory, body } = replayCopy(deadMessage(), { fallback: 'fallback' });
    assert.deepEqual([exchange, routingKey, mandatory, String(body)], ['', 'email', true, 'body']);
    assert.equal(replayCopy(deadMessage({ headers: {} }), { fallback: 'fallback' }).routingKey, 'fallback');
  });

  test('drops the failure record except the original route, user and CC', () => {
    const names = Object.values(RECORD_HEADERS).filter((name) => name !== RECORD_HEADERS.unreadable);
    const record = Object.fromEntries(names.map((name) => [name, 'x']));
    const broker = {
      'x-death': [{ count: 1 }],
      'x-first-death-queue': 'q',
      'x-last-death-reason': 'rejected',
      'x-delivery-count': 3,
      'x-acquired-count': 3,
      CC: ['elsewhere'],
      BCC: ['elsewhere'],
    };
    const { headers } = replayCopy(deadMessage({ headers: { ...record, ...broker, ...RECORD } }), { fallback: 'q' });
    assert.deepEqual(Object.keys(decodeFieldTable(headers)).toSorted(), [
      'x-amqp-dispatcher-cc',
      'x-amqp-dispatcher-exchange',
      'x-amqp-dispatcher-routing-key',
      'x-amqp-dispatcher-user-id',
    ]);
  });

  test('keeps the other headers of the message byte for byte, in order', () => {
    // A 16-bit integer and a float, which our encoder would write differently.
    const own = Buffer.from('\x01as\x00\x07\x01bf\x3f\x80\x00\x00', 'latin1');
    const mixed = Buffer.concat([
      encodeFieldTable({ [RECORD_HEADERS.reason]: 'deaths' }),
      own,
      encodeFieldTable({ 'x-death': [] }),
    ]);
    assert.deepEqual(Buffer.from(replayCopy(deadMessage({ headers: mixed }), { fallback: 'q' }).headers), own);
  });

  test('keeps its properties except expiration and user', () => {
    const properties = {
      messageId: 'm',
      contentType: 'a/b',
      priority: 2,
      deliveryMode: 2,
      expiration: '1',
      userId: 'u',
    };
    assert.deepEqual(replayCopy(deadMessage({ properties }), { fallback: 'q' }).properties, {
      persistent: true,
      messageId: 'm',
      contentType: 'a/b',
      priority: 2,
    });
  });

  test('is not made when the record marks the message as unreadable: the broker would refuse it', () => {
    const headers = { ...RECORD, [RECORD_HEADERS.unreadable]: Buffer.of(1) };
    assert.throws(() => replayCopy(deadMessage({ headers }), { fallback: 'q' }), {
      message: /the broker accepts no such message/,
    });
  });

  test('keeps properties that are not UTF-8', () => {
    const message = deadMessage({ properties: { messageId: 'mm' } });
    const { properties } = message.taken;
    properties.fill(0xff, properties.indexOf('mm'), properties.indexOf('mm') + 2);
    assert.deepEqual(replayCopy(message, { fallback: 'q' }).properties.messageId, Buffer.of(0xff, 0xff));
  });

  test('is not made of unreadable headers', () => {
    assert.throws(() => replayCopy(deadMessage({ headers: UNREADABLE }), { fallback: 'q' }), RangeError);
  });
});
