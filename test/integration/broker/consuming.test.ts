import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testVhost } from '../../support/broker/test-vhost.js';
import { type Daemon, startDaemon } from '../../support/daemon/daemon.js';
import { fixture } from '../../support/daemon/fixture.js';
import { waitFor } from '../../support/wait.js';

const consumers = fixture('consumers.mjs');

function ids(daemon: Daemon, event: string): string[] {
  return daemon
    .records()
    .filter((record) => record.event === event)
    .map(({ id }) => String(id));
}

function numbers(count: number): string[] {
  return Array.from({ length: count }, (_, index) => String(index));
}

test('consumers that never answer run exactly consumer_count messages, and the other messages wait', async (t) => {
  const vhost = await testVhost(t);
  await (await vhost.channel()).assertQueue('silent');
  await Promise.all(numbers(20).map((id) => vhost.publish('silent', id)));
  const daemon = await startDaemon(t, {
    url: vhost.url,
    config: {
      queues: [{ queue: 'silent' }],
      consumers: [{ consumer: `${consumers}:Silent`, queue: 'silent', consumer_count: 3, prefetch_count: 8 }],
    },
    args: ['--threads', '2', '--shutdown-timeout', '100ms'],
  });
  await daemon.ready();
  await daemon.waitForRecords((records) => records.length === 3);
  await waitFor(async () => (await vhost.queueDepths()).get('silent')?.unacked === 8, {
    what: 'prefetch to be filled',
  });
  assert.deepEqual((await vhost.queueDepths()).get('silent'), { ready: 12, unacked: 8 });
  assert.deepEqual(new Set(daemon.records().map(({ instance }) => instance)), new Set([0, 1, 2]));
  assert.equal(daemon.records().length, 3);
});

test('consumers that ack at once empty their queues, and each message is consumed once', async (t) => {
  const vhost = await testVhost(t);
  const channel = await vhost.channel();
  for (const queue of ['first', 'second']) {
    await channel.assertQueue(queue);
    await Promise.all(numbers(500).map((id) => vhost.publish(queue, id)));
  }
  const daemon = await startDaemon(t, {
    url: vhost.url,
    config: {
      queues: [{ queue: 'first' }, { queue: 'second' }],
      consumers: [
        { consumer: `${consumers}:Acks`, queue: 'first', consumer_count: 4, prefetch_count: 50 },
        { consumer: `${consumers}:Returns`, queue: 'second', prefetch_count: 7 },
      ],
    },
    args: ['--threads', '2'],
  });
  await daemon.ready();
  await daemon.waitForRecords(() => ids(daemon, 'begin').length >= 1000);
  assert.deepEqual(await daemon.stop(), { code: 0, signal: null });
  assert.equal(await vhost.messageCount('first'), 0);
  assert.equal(await vhost.messageCount('second'), 0);
  for (const queue of ['first', 'second']) {
    const begun = daemon.records().filter((record) => record.event === 'begin' && record.queue === queue);
    assert.deepEqual(begun.map(({ id }) => String(id)).toSorted(), numbers(500).toSorted());
  }
});

test('one instance handles the messages of its queue in order, whatever the prefetch', async (t) => {
  const vhost = await testVhost(t);
  await (await vhost.channel()).assertQueue('line');
  for (const id of numbers(300)) await vhost.publish('line', id);
  const daemon = await startDaemon(t, {
    url: vhost.url,
    config: {
      queues: [{ queue: 'line' }],
      consumers: [{ consumer: `${consumers}:Acks`, queue: 'line', prefetch_count: 100 }],
    },
  });
  await daemon.waitForRecords(() => ids(daemon, 'begin').length === 300);
  assert.deepEqual(ids(daemon, 'begin'), numbers(300));
});

test('consumers on one thread take turns, so a full queue of one does not block the other', async (t) => {
  const vhost = await testVhost(t);
  for (const queue of ['flood', 'drops']) await (await vhost.channel()).assertQueue(queue);
  for (const id of numbers(200)) await vhost.publish('flood', id);
  for (const id of numbers(20)) await vhost.publish('drops', id);
  const daemon = await startDaemon(t, {
    url: vhost.url,
    config: {
      queues: [{ queue: 'flood' }, { queue: 'drops' }],
      consumers: [
        { consumer: `${consumers}:Spins`, queue: 'flood', prefetch_count: 100, options: { ms: 5 } },
        { consumer: `${consumers}:Acks`, queue: 'drops', prefetch_count: 20 },
      ],
    },
    args: ['--threads', '1'],
  });
  await daemon.waitForRecords(() => ids(daemon, 'begin').length === 220);
  const begun = daemon.records().filter(({ event }) => event === 'begin');
  const lastDrop = begun.findLastIndex(({ queue }) => queue === 'drops');
  // The two take turns, although the flood came first.
  assert.ok(lastDrop < 120, `the last of 20 drops began as number ${lastDrop + 1} of 220`);
});

test('a consumer republishes to a second queue, and another consumer empties it', async (t) => {
  const vhost = await testVhost(t);
  const daemon = await startDaemon(t, {
    url: vhost.url,
    config: {
      exchanges: [{ exchange: 'onward', type: 'direct' }],
      queues: [{ queue: 'in' }, { queue: 'out', bindings: [{ exchange: 'onward', routing_key: 'go' }] }],
      consumers: [
        {
          consumer: `${consumers}:Republishes`,
          queue: 'in',
          prefetch_count: 20,
          options: { exchange: 'onward', routingKey: 'go' },
        },
        { consumer: `${consumers}:Acks`, queue: 'out', consumer_count: 2 },
      ],
    },
    args: ['--threads', '2'],
  });
  await daemon.ready();
  await waitFor(async () => (await vhost.connections()).length > 0, { what: 'the management view of the connection' });
  assert.equal((await vhost.connections()).length, 1, 'the publish connection is not opened before the first publish');
  await Promise.all(numbers(100).map((id) => vhost.publish('in', id)));
  await daemon.waitForRecords(() => ids(daemon, 'acked').length === 100);
  assert.deepEqual(ids(daemon, 'acked').toSorted(), numbers(100).toSorted());
  await waitFor(async () => (await vhost.connections()).length === 2, {
    what: 'the management view of both connections',
  });
  const names = (await vhost.connections()).map(({ clientName }) => clientName);
  assert.ok(names.some((name) => name?.endsWith('.publisher')));
  assert.deepEqual(await daemon.stop(), { code: 0, signal: null });
  assert.equal(await vhost.messageCount('in'), 0);
});

test('unanswered messages are consumed again after a cut connection, and stale answers are refused', async (t) => {
  const vhost = await testVhost(t);
  const daemon = await startDaemon(t, {
    url: vhost.url,
    config: {
      queues: [{ queue: 'cut' }],
      consumers: [{ consumer: `${consumers}:SilentOnce`, queue: 'cut', consumer_count: 2, prefetch_count: 5 }],
    },
    args: ['--threads', '2'],
  });
  await daemon.ready();
  await Promise.all(numbers(6).map((id) => vhost.publish('cut', id)));
  await daemon.waitForRecords((records) => records.filter(({ event }) => event === 'begin').length === 2);
  await waitFor(async () => (await vhost.connections()).length === 1, {
    what: 'the management view of the connection',
  });
  assert.equal(await vhost.closeConnections(), 1);
  await daemon.waitForLine({ msg: /^consuming again/ });
  await daemon.waitForRecords((records) => {
    const done = records.filter(({ event, redelivered }) => event === 'begin' && redelivered === true);
    return new Set(done.map(({ id }) => id)).size >= 5;
  });
  const refused = await daemon.waitForRecords(
    (records) => records.filter(({ event }) => event === 'refused').length >= 4,
  );
  for (const { code } of refused.filter(({ event }) => event === 'refused')) assert.equal(code, 'DELIVERY_LOST');
  assert.equal(daemon.records().filter(({ event }) => event === 'accepted').length, 0);
});

test('a deleted queue is declared again, and its subscription recovers', async (t) => {
  const vhost = await testVhost(t);
  const daemon = await startDaemon(t, {
    url: vhost.url,
    config: {
      queues: [{ queue: 'gone' }, { queue: 'stays' }],
      consumers: [{ consumer: `${consumers}:Acks`, queue: 'gone' }],
    },
  });
  await daemon.ready();
  await (await vhost.channel()).deleteQueue('gone');
  await daemon.waitForLine({ msg: /subscribed to "gone" again/ });
  await vhost.publish('gone', 'after');
  await daemon.waitForRecords(() => ids(daemon, 'acked').includes('after'));
});

test('a queue that was lost with the connection is declared, bound and consumed again', async (t) => {
  const vhost = await testVhost(t);
  const daemon = await startDaemon(t, {
    url: vhost.url,
    config: {
      exchanges: [{ exchange: 'news', type: 'topic' }],
      queues: [
        { queue: 'mine', exclusive: true, durable: false, bindings: [{ exchange: 'news', routing_key: 'a.*' }] },
      ],
      consumers: [{ consumer: `${consumers}:Acks`, queue: 'mine' }],
    },
  });
  await daemon.ready();
  await vhost.closeConnections();
  await daemon.waitForLine({ msg: /^consuming again/ });
  await vhost.publishTo({ exchange: 'news', routingKey: 'a.b' }, 'after');
  await daemon.waitForRecords(() => ids(daemon, 'acked').includes('after'));
});
