import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { testVhost } from '../../support/broker/test-vhost.js';
import { startDaemon } from '../../support/daemon/daemon.js';
import { fixture } from '../../support/daemon/fixture.js';

const consumers = fixture('consumers.mjs');
const MIB = 1024 * 1024;

test('bodies arrive as sent: random bytes, empty, around one frame, 16 MiB', async (t) => {
  const vhost = await testVhost(t);
  const daemon = await startDaemon(t, {
    url: vhost.url,
    config: {
      queues: [{ queue: 'bodies' }, { queue: 'again' }],
      consumers: [
        { consumer: `${consumers}:Republishes`, queue: 'bodies', prefetch_count: 3, options: { routingKey: 'again' } },
        { consumer: `${consumers}:Describes`, queue: 'again', prefetch_count: 3 },
      ],
    },
  });
  await daemon.ready();
  const frame = 131_072 - 8;
  const bodies = [0, 1, 10, 200, 65_536, frame - 1, frame, frame + 1, 3 * frame, 16 * MIB].map((size) =>
    randomBytes(size),
  );
  for (const body of bodies) await vhost.publish('bodies', body);
  const records = await daemon.waitForRecords(
    (all) => all.filter(({ event }) => event === 'message').length === bodies.length,
    60_000,
  );
  const arrived = records.filter(({ event }) => event === 'message').map(({ length, sha256 }) => ({ length, sha256 }));
  assert.deepEqual(
    arrived,
    bodies.map((body) => ({ length: body.length, sha256: createHash('sha256').update(body).digest('hex') })),
  );
});

test('headers with nested tables, arrays, dates, 64-bit integers and buffers arrive and are republished', async (t) => {
  const vhost = await testVhost(t);
  const daemon = await startDaemon(t, {
    url: vhost.url,
    config: {
      queues: [{ queue: 'first' }, { queue: 'then' }],
      consumers: [
        { consumer: `${consumers}:Republishes`, queue: 'first', options: { routingKey: 'then' } },
        { consumer: `${consumers}:Describes`, queue: 'then' },
      ],
    },
  });
  await daemon.ready();
  const headers = {
    text: 'grüße',
    empty: '',
    yes: true,
    nothing: null,
    byte: -5,
    int: 2_000_000_000,
    safe: 9_007_199_254_740_991,
    large: { '!': 'int64', value: 9_007_199_254_740_993n },
    largest: { '!': 'int64', value: 9_223_372_036_854_775_807n },
    lowest: { '!': 'int64', value: -9_223_372_036_854_775_808n },
    double: 1.5,
    when: { '!': 'timestamp', value: 1_700_000_000 },
    bytes: Buffer.from([0, 255, 128]),
    list: [1, 'two', [3], { four: 4, at: { '!': 'timestamp', value: 1 } }],
    table: { inner: { deep: Buffer.from('x') } },
    price: { '!': 'decimal', value: { places: 2, digits: 1234 } },
  };
  await vhost.publish('first', '', { headers });
  const [record] = await daemon
    .waitForRecords((records) => records.filter(({ event }) => event === 'message').length === 1)
    .then((records) => records.filter(({ event }) => event === 'message'));
  assert.deepEqual(record?.headers, {
    ...headers,
    large: { bigint: '9007199254740993' },
    largest: { bigint: '9223372036854775807' },
    lowest: { bigint: '-9223372036854775808' },
    when: { date: '2023-11-14T22:13:20.000Z' },
    bytes: { buffer: '00ff80' },
    list: [1, 'two', [3], { four: 4, at: { date: '1970-01-01T00:00:01.000Z' } }],
    table: { inner: { deep: { buffer: '78' } } },
  });
});

test('properties, exchange and routing key arrive as sent', async (t) => {
  const vhost = await testVhost(t);
  const daemon = await startDaemon(t, {
    url: vhost.url,
    config: {
      exchanges: [{ exchange: 'e', type: 'topic' }],
      queues: [{ queue: 'q', bindings: [{ exchange: 'e', routing_key: '#' }] }],
      consumers: [{ consumer: `${consumers}:Describes`, queue: 'q' }],
    },
  });
  await daemon.ready();
  const properties = {
    contentType: 'text/plain',
    contentEncoding: 'utf-8',
    priority: 3,
    correlationId: 'c',
    replyTo: 'r',
    expiration: '60000',
    messageId: 'm',
    type: 't',
    userId: 'guest',
    appId: 'a',
  };
  await vhost.publishTo({ exchange: 'e', routingKey: 'schlüssel.eins' }, 'x', {
    ...properties,
    timestamp: 1_700_000_000,
  });
  const [record] = await daemon.waitForRecords((records) => records.length === 1);
  assert.deepEqual(record?.properties, {
    ...properties,
    deliveryMode: 2,
    timestamp: { date: '2023-11-14T22:13:20.000Z' },
  });
  assert.deepEqual([record?.exchange, record?.routingKey], ['e', 'schlüssel.eins']);
});
