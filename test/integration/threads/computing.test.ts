import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testVhost } from '../../support/broker/test-vhost.js';
import { startDaemon } from '../../support/daemon/daemon.js';
import { fixture } from '../../support/daemon/fixture.js';
import { waitFor } from '../../support/wait.js';

const consumers = fixture('consumers.mjs');

test('a consumer that computes 10 s under a heartbeat of 2 s keeps its connection and runs once', async (t) => {
  const vhost = await testVhost(t);
  const daemon = await startDaemon(t, {
    url: `${vhost.url}?heartbeat=2`,
    config: {
      queues: [{ queue: 'heavy' }, { queue: 'light' }],
      consumers: [
        { consumer: `${consumers}:Spins`, queue: 'heavy', options: { ms: 10_000 } },
        { consumer: `${consumers}:Acks`, queue: 'light', prefetch_count: 10 },
      ],
    },
    args: ['--threads', '1'],
  });
  await daemon.ready();
  await waitFor(async () => (await vhost.connections()).length === 1, {
    what: 'the management view of the connection',
  });
  const before = (await vhost.connections()).map(({ name }) => name);
  await vhost.publish('heavy', 'heavy');
  await daemon.waitForRecords((records) => records.some(({ id }) => id === 'heavy'));
  for (let id = 0; id < 20; id++) await vhost.publish('light', `light ${id}`);

  await daemon.waitForRecords((records) => records.filter(({ event }) => event === 'acked').length === 21, 30_000);
  assert.deepEqual(
    (await vhost.connections()).map(({ name }) => name),
    before,
  );
  const begun = daemon.records().filter(({ event }) => event === 'begin');
  assert.equal(begun.length, 21);
  assert.ok(begun.every(({ redelivered }) => redelivered === false));
  assert.deepEqual(await daemon.stop(), { code: 0, signal: null });
  assert.equal(await vhost.messageCount('heavy'), 0);
  assert.equal(await vhost.messageCount('light'), 0);
});

test('a computing thread does not hold back messages that another thread could run', async (t) => {
  const vhost = await testVhost(t);
  const daemon = await startDaemon(t, {
    url: vhost.url,
    config: {
      queues: [{ queue: 'work' }],
      consumers: [{ consumer: `${consumers}:SpinsOnFirst`, queue: 'work', consumer_count: 2, prefetch_count: 50 }],
    },
    args: ['--threads', '2'],
  });
  await daemon.ready();
  await (await vhost.channel()).assertQueue('work');
  const channel = await vhost.channel();
  for (let id = 0; id < 40; id++) channel.publish('', 'work', Buffer.from(String(id)));
  await channel.waitForConfirms();
  await daemon.waitForRecords((records) => records.filter(({ event }) => event === 'done').length === 39);
  assert.ok(
    !daemon.records().some(({ event, id }) => event === 'done' && id === '0'),
    'the computing one is still at it',
  );
  await daemon.waitForRecords((records) => records.filter(({ event }) => event === 'done').length === 40);
  assert.equal(daemon.records().filter(({ event }) => event === 'begin').length, 40);
});

test('a thread blocked by another consumer does not hold back messages for a free instance elsewhere', async (t) => {
  const vhost = await testVhost(t);
  const daemon = await startDaemon(t, {
    url: vhost.url,
    config: {
      queues: [{ queue: 'heavy' }, { queue: 'light' }],
      consumers: [
        { consumer: `${consumers}:Spins`, queue: 'heavy', options: { ms: 5000 } },
        { consumer: `${consumers}:Acks`, queue: 'light', consumer_count: 3, prefetch_count: 30 },
      ],
    },
    args: ['--threads', '2'],
  });
  await daemon.ready();
  await vhost.publish('heavy', 'heavy');
  await daemon.waitForRecords((records) => records.some(({ id }) => id === 'heavy'));
  for (let id = 0; id < 30; id++) await vhost.publish('light', `light ${id}`);
  const records = await daemon.waitForRecords((all) => all.filter(({ event }) => event === 'acked').length >= 30);
  assert.ok(
    !records.some(({ event, id }) => event === 'acked' && id === 'heavy'),
    'every light one came before the heavy one',
  );
  await daemon.waitForRecords((all) => all.filter(({ event }) => event === 'acked').length === 31);
  assert.equal(daemon.records().filter(({ event }) => event === 'begin').length, 31);
});
