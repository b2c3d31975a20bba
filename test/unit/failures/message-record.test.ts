import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  decodeFieldTable,
  decodeRoute,
  encodeFieldTable,
  encodeRoute,
  type FieldTable,
  findPropertyBytes,
  findPropertyText,
  isFieldTable,
  MessageMemory,
  ReceivedMessage,
  splitFieldTable,
} from '../../../src/amqp/index.js';
import { encodeOutgoing, RECORD_HEADERS } from '../../../src/bridge/index.js';
import { asPublished as asPublishedIn, copyOf, recordOf } from '../../../src/failures/message-record.js';
import { encodePropertyList, type MessageParts, wireMessage } from '../../support/amqp/wire-message.js';

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

/** A message with any bytes as its property list. */
function raw(properties: Uint8Array): ReceivedMessage {
  const fields = { deliveryTag: 1, redelivered: false, route: encodeRoute({ exchange: '', routingKey: 'q' }) };
  return ReceivedMessage.inOwnSegment(new MessageMemory(), { ...fields, properties, bodyLength: 0 });
}

/** What the broker would deliver of a copy. */
function delivered({ exchange, routingKey, headers }: ReturnType<typeof copyOf>): ReceivedMessage {
  return message(undefined, { exchange, routingKey, headers });
}

describe('the failure record of a message', () => {
  test('counts in the message itself, and defaults to no failures', () => {
    assert.equal(deathsOf(message(undefined)), 0);
    assert.equal(deathsOf(message({ other: 1 })), 0);
    const once = delivered(copyOf(message({ other: 1 }), 'q', { [RECORD_HEADERS.deaths]: 1 }));
    assert.equal(deathsOf(once), 1);
    const twice = delivered(copyOf(asPublished(once), 'q', { [RECORD_HEADERS.deaths]: deathsOf(once) + 1 }));
    assert.equal(deathsOf(twice), 2);
  });

  test('is read beside a header nested ten thousand times, and ignored in a truncated table', () => {
    const depth = 10_000;
    const nested = Buffer.alloc(depth * 5);
    for (let level = 0; level < depth; level++) {
      nested.write('A', level * 5);
      nested.writeUInt32BE((depth - level - 1) * 5, level * 5 + 1);
    }
    const headers = Buffer.concat([encodeFieldTable({ [RECORD_HEADERS.deaths]: 1 }), Buffer.from('\x01n'), nested]);
    const hostile = message(undefined, { exchange: '', headers });
    assert.equal(asPublished(hostile), hostile);
    assert.equal(deathsOf(hostile), 1);
    const behind = Buffer.concat([Buffer.from('\x01aZ', 'latin1'), encodeFieldTable({ [RECORD_HEADERS.deaths]: 1 })]);
    assert.equal(deathsOf(message(undefined, { headers: behind })), 0);
  });

  test('reads a foreign value that is not a number as 0', () => {
    for (const value of ['3', -1, null, true]) assert.equal(deathsOf(message({ [RECORD_HEADERS.deaths]: value })), 0);
  });

  test('goes into a mandatory copy for the default exchange', () => {
    const { exchange, routingKey, mandatory, body } = copyOf(message({}), 'q', {});
    assert.deepEqual([exchange, routingKey, mandatory, Buffer.from(body).toString()], ['', 'q', true, 'body']);
  });

  test('restores the original route of a returned message and marks it redelivered', () => {
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

  test('keeps every other header byte for byte, once, without those that would act on the copy', () => {
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

  test('keeps properties byte for byte that neither text nor number can represent', () => {
    const list = Buffer.from(encodePropertyList({ messageId: 'm'.repeat(100), timestamp: 1, type: 't' }));
    list.fill(0xff, list.indexOf('mmm'), list.indexOf('mmm') + 100);
    list.fill(0xff, list.length - 10, list.length - 2);
    const spoiled = raw(list);
    assert.deepEqual(copyOf(spoiled, 'q', {}).properties, {
      persistent: false,
      messageId: Buffer.alloc(100, 0xff),
      timestamp: 2n ** 64n - 1n,
      type: 't',
    });
    const { memory, propertiesAt, bodyAt } = encodeOutgoing(copyOf(spoiled, 'q', {}));
    const sent = memory.subarray(propertiesAt, bodyAt);
    assert.deepEqual(findPropertyBytes(sent, 'messageId'), findPropertyBytes(list, 'messageId'));
    assert.equal(findPropertyText(sent, 'timestamp'), findPropertyText(list, 'timestamp'));
  });

  test('restores a route that is not UTF-8, byte for byte', () => {
    const route = Buffer.from([2, 0xff, 0xfe, 1, 0xc0]);
    const given = message({ n: 1 }, {});
    const odd = ReceivedMessage.inOwnSegment(new MessageMemory(), {
      deliveryTag: 1,
      redelivered: false,
      route,
      properties: given.properties,
      bodyLength: 0,
    });
    const back = asPublished(delivered(copyOf(odd, 'q', { [RECORD_HEADERS.attempts]: 1 })));
    assert.deepEqual(Buffer.from(back.route), route);
  });

  test('keeps a CC header byte for byte, whatever is in its list', () => {
    const routes = Buffer.from('A\0\0\0\x0fS\0\0\0\x01\xffL\0\0\0\0\0\0\0\x07', 'latin1');
    const headers = Buffer.concat([Buffer.from('\x02CC'), routes]);
    const copy = copyOf(message(undefined, { headers }), 'q', {});
    assert.ok(Buffer.from(copy.headers).includes(Buffer.concat([Buffer.from(RECORD_HEADERS.cc), routes])));
    assert.equal(splitFieldTable(copy.headers).filter(({ name }) => name === 'CC').length, 0);
  });

  test('keeps unreadable properties as one header, which every broker accepts', () => {
    for (const list of [
      encodePropertyList({ messageId: 'm' }, Buffer.from('\x01aZ\0\0', 'latin1')),
      encodePropertyList({ messageId: 'm' }, Buffer.from('\x01aS\0\0\0\xff', 'latin1')),
    ]) {
      const copy = copyOf(raw(list), 'q', { [RECORD_HEADERS.reason]: 'invalid' });
      assert.ok(isFieldTable(copy.headers));
      const headers = decodeFieldTable(copy.headers);
      assert.deepEqual(headers[RECORD_HEADERS.unreadable], Buffer.from(list));
      assert.equal(headers[RECORD_HEADERS.reason], 'invalid');
      assert.equal(copy.properties.messageId, 'm');
    }
  });

  test('keeps the properties, and whether they are transient', () => {
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
      clusterId: 'c',
    });
  });
});
