import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { asPublished as asPublishedIn, copyOf, recordOf } from '../../../src/failures/message-record.js';
import {
  decodeFieldTable,
  decodeRoute,
  encodeFieldTable,
  encodeRoute,
  type FieldTable,
  MessageMemory,
  RECORD_HEADERS,
  ReceivedMessage,
} from '../../../src/protocol/index.js';
import { encodePropertyList, type MessageParts, wireMessage } from '../../support/wire-message.js';

function message(headers: FieldTable | undefined, more: MessageParts = {}): ReceivedMessage {
  return wireMessage({
    exchange: 'jobs',
    routingKey: 'a.b',
    body: Buffer.from('body'),
    ...(headers !== undefined && { headers }),
    ...more,
  });
}

function asPublished(given: ReceivedMessage): ReceivedMessage {
  return asPublishedIn(given, new MessageMemory());
}

const deathsOf = (given: ReceivedMessage): number => recordOf(given).deaths;

/** What the broker would deliver of a copy. */
function delivered({ exchange, routingKey, headers }: ReturnType<typeof copyOf>): ReceivedMessage {
  return message(undefined, { exchange, routingKey, headers });
}

describe('the record of a death', () => {
  test('counts in the message itself, and a message without one has killed nothing', () => {
    assert.equal(deathsOf(message(undefined)), 0);
    assert.equal(deathsOf(message({ other: 1 })), 0);
    const once = delivered(copyOf(message({ other: 1 }), 'q', { [RECORD_HEADERS.deaths]: 1 }));
    assert.equal(deathsOf(once), 1);
    const twice = delivered(copyOf(asPublished(once), 'q', { [RECORD_HEADERS.deaths]: deathsOf(once) + 1 }));
    assert.equal(deathsOf(twice), 2);
  });

  test("that cannot be read is none: a header that is nested ten thousand times is nobody's record", () => {
    const depth = 10_000;
    const nested = Buffer.alloc(depth * 5);
    for (let level = 0; level < depth; level++) {
      nested.write('A', level * 5);
      nested.writeUInt32BE((depth - level - 1) * 5, level * 5 + 1);
    }
    const headers = Buffer.concat([encodeFieldTable({ [RECORD_HEADERS.deaths]: 1 }), Buffer.from('\x01n'), nested]);
    const hostile = message(undefined, { exchange: '', headers });
    assert.equal(asPublished(hostile), hostile);
    assert.equal(deathsOf(hostile), 0);
  });

  test('that somebody else wrote, and that is no number, counts as none', () => {
    for (const value of ['3', -1, null, true]) assert.equal(deathsOf(message({ [RECORD_HEADERS.deaths]: value })), 0);
  });

  test('gives a copy for the default exchange that must reach its queue', () => {
    const { exchange, routingKey, mandatory, body } = copyOf(message({}), 'q', {});
    assert.deepEqual([exchange, routingKey, mandatory, Buffer.from(body).toString()], ['', 'q', true, 'body']);
  });

  test('shows a message that came back as it was published, and redelivered', () => {
    const first = asPublished(delivered(copyOf(message({}), 'q', { [RECORD_HEADERS.deaths]: 1 })));
    assert.deepEqual(decodeRoute(first.route), { exchange: 'jobs', routingKey: 'a.b' });
    assert.equal(first.redelivered, true);
    const second = asPublished(delivered(copyOf(first, 'q', { [RECORD_HEADERS.deaths]: 2 })));
    assert.deepEqual(decodeRoute(second.route), { exchange: 'jobs', routingKey: 'a.b' });
  });

  test('leaves messages alone that carry none, or came from another exchange', () => {
    for (const plain of [message({}), message({ a: 1 }, { exchange: '' })]) assert.equal(asPublished(plain), plain);
    const forged = { [RECORD_HEADERS.deaths]: 1, [RECORD_HEADERS.exchange]: 'x', [RECORD_HEADERS.routingKey]: 'y' };
    assert.equal(decodeRoute(asPublished(message(forged)).route).exchange, 'jobs');
  });

  test('keeps every other header to the byte, each once, and none that would act again on the copy', () => {
    const own = { text: 'é', deep: { list: [1, 'two', null] }, huge: 2n ** 60n };
    const headers = { ...own, CC: ['elsewhere'], BCC: ['hidden'], 'x-delivery-count': 4, constructor: 'kept' };
    const copy = copyOf(message(headers, { properties: { userId: 'somebody' } }), 'q', { [RECORD_HEADERS.deaths]: 2 });
    assert.deepEqual(decodeFieldTable(copy.headers), {
      ...own,
      constructor: 'kept',
      [RECORD_HEADERS.exchange]: 'jobs',
      [RECORD_HEADERS.routingKey]: 'a.b',
      [RECORD_HEADERS.userId]: 'somebody',
      [RECORD_HEADERS.cc]: ['elsewhere'],
      [RECORD_HEADERS.deaths]: 2,
    });
    assert.ok(Buffer.from(copy.headers).includes(encodeFieldTable(own)));
    assert.equal(copy.properties.userId, undefined);
  });

  test('leaves out what a broker passes on and nobody can send: a time beyond numbers, a text that grew', () => {
    const list = Buffer.from(encodePropertyList({ messageId: 'm'.repeat(100), timestamp: 1, type: 't' }));
    list.fill(0xff, list.indexOf('mmm'), list.indexOf('mmm') + 100);
    list.fill(0xff, list.length - 10, list.length - 2);
    const memory = new MessageMemory();
    const fields = { deliveryTag: 1, redelivered: false, route: encodeRoute({ exchange: '', routingKey: 'q' }) };
    const spoiled = ReceivedMessage.inRoomOfItsOwn(memory, { ...fields, properties: list, bodyLength: 0 });
    assert.deepEqual(copyOf(spoiled, 'q', {}).properties, { persistent: false, type: 't' });
  });

  test('keeps the properties, transient ones transient', () => {
    const properties = {
      deliveryMode: 1,
      priority: 3,
      timestamp: 7,
      messageId: 'm',
      expiration: '100',
      clusterId: 'c',
    };
    assert.deepEqual(copyOf(message({}, { properties }), 'q', {}).properties, {
      persistent: false,
      priority: 3,
      timestamp: 7,
      messageId: 'm',
      expiration: '100',
    });
  });
});
