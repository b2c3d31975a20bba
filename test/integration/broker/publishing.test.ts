import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testVhost } from '../../support/broker/test-vhost.js';
import { startDaemon } from '../../support/daemon/daemon.js';
import { fixture } from '../../support/daemon/fixture.js';

const consumers = fixture('consumers.mjs');

test('each publish settles as the broker decided: confirmed, unroutable, refused, or not sendable', async (t) => {
  const vhost = await testVhost(t);
  const publishes = {
    plain: ['', 'sink', { h: 1 }, 'text'],
    json: ['', 'sink', {}, { a: [1, 2] }],
    options: ['', 'sink', {}, 'x', { mandatory: true, priority: 3, expiration: 60_000, messageId: 'id' }],
    unroutable: ['', 'nowhere', {}, 'x', { mandatory: true }],
    dropped: ['', 'nowhere', {}, 'x'],
    'no exchange': ['missing', 'x', {}, 'x'],
    'after the missing exchange': ['', 'sink', {}, 'still works'],
    'long key': ['', 'k'.repeat(256), {}, 'x'],
    'bad priority': ['', 'sink', {}, 'x', { priority: 256 }],
    'bad flag': ['', 'sink', {}, 'x', { mandatory: 'yes' }],
    'headers too large': ['', 'sink', { big: 'x'.repeat(140_000) }, 'x'],
    'last one': ['', 'sink', {}, 'the end'],
  };
  const daemon = await startDaemon(t, {
    url: vhost.url,
    config: {
      queues: [{ queue: 'ask' }, { queue: 'sink' }, { queue: 'sunk' }],
      consumers: [{ consumer: `${consumers}:Publishes`, queue: 'ask', options: { publishes } }],
    },
  });
  await daemon.ready();
  await vhost.publish('ask', 'go');
  const records = await daemon.waitForRecords((all) => all.some(({ event }) => event === 'begin'));
  const ends = Object.fromEntries(
    records.filter(({ event }) => event !== 'begin').map(({ name, code }) => [name, code ?? 'confirmed']),
  );
  assert.deepEqual(ends, {
    plain: 'confirmed',
    json: 'confirmed',
    options: 'confirmed',
    unroutable: 'PUBLISH_UNROUTABLE',
    dropped: 'confirmed',
    'no exchange': 'PUBLISH_REFUSED',
    'after the missing exchange': 'confirmed',
    'long key': 'PUBLISH_INVALID',
    'bad priority': 'PUBLISH_INVALID',
    'bad flag': 'PUBLISH_INVALID',
    'headers too large': 'PUBLISH_INVALID',
    'last one': 'confirmed',
  });
  assert.match(String(records.find(({ name }) => name === 'no exchange')?.message), /exchange "missing".*NOT_FOUND/);

  const arrived = (await vhost.takeAll('sink')).map(({ content, properties }) => ({
    body: content.toString(),
    type: properties.contentType,
    mode: properties.deliveryMode,
  }));
  assert.deepEqual(arrived, [
    { body: 'text', type: undefined, mode: 2 },
    { body: '{"a":[1,2]}', type: 'application/json', mode: 2 },
    { body: 'x', type: undefined, mode: 2 },
    { body: 'still works', type: undefined, mode: 2 },
    { body: 'the end', type: undefined, mode: 2 },
  ]);
});

test('a failed publish that nobody awaited fails its delivery instead of vanishing behind the ack', async (t) => {
  const vhost = await testVhost(t);
  const daemon = await startDaemon(t, {
    url: vhost.url,
    config: {
      queues: [{ queue: 'ask' }],
      consumers: [{ consumer: `${consumers}:Publishes`, queue: 'ask', options: { publishes: {} } }],
    },
  });
  await daemon.ready();
  await vhost.publish('ask', 'unawaited');
  const records = await daemon.waitForRecords((all) => all.filter(({ event }) => event === 'begin').length === 2);
  assert.deepEqual(
    records.filter(({ event }) => event === 'begin').map(({ redelivered }) => redelivered),
    [false, true],
  );
  await daemon.waitForLine({ msg: /^consume failed: cannot publish to exchange "there is no such exchange"/ });
});
