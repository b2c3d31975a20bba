import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { type TestVhost, testVhost } from '../../support/broker/test-vhost.js';
import { type Daemon, startDaemon } from '../../support/daemon/daemon.js';
import { fixture } from '../../support/daemon/fixture.js';
import { waitFor } from '../../support/wait.js';

const consumer = `${fixture('killers.mjs')}:Killed`;

type Options = { readonly queue?: object; readonly entry?: object; readonly file?: object };

async function killing(
  t: TestContext,
  { queue = {}, entry = {}, file = {} }: Options = {},
): Promise<[Daemon, TestVhost]> {
  const vhost = await testVhost(t);
  const daemon = await startDaemon(t, {
    url: vhost.url,
    config: {
      exchanges: [{ exchange: 'jobs', type: 'topic' }],
      queues: [{ queue: 'q', bindings: [{ exchange: 'jobs', routing_key: '#' }], ...queue }, { queue: 'copies' }],
      consumers: [{ consumer, queue: 'q', prefetch_count: 10, ...entry }],
      ...file,
    },
    args: ['--threads', '2'],
  });
  await daemon.ready();
  return [daemon, vhost];
}

async function countOf(vhost: TestVhost, queue: string): Promise<number> {
  return vhost.messageCount(queue).catch(() => 0);
}

for (const type of ['classic', 'quorum']) {
  test(`a message that kills max_deaths threads is dead, with the cause in its headers: ${type} queue`, async (t) => {
    const [daemon, vhost] = await killing(t, { queue: { x_queue_type: type } });
    const properties = { messageId: 'm-1', headers: { own: 1, CC: ['copies'] }, expiration: '600000', priority: 2 };
    await vhost.publishTo({ exchange: 'jobs', routingKey: 'a.b' }, 'kill', properties);
    await waitFor(async () => (await countOf(vhost, 'q.dead')) === 1, { timeoutMs: 30_000, what: 'one in q.dead' });
    await vhost.publish('q', 'next');
    await daemon.waitForRecords((records) => records.some(({ id }) => id === 'next'));

    // The consumer saw the published message each time, from its queue or as a copy.
    const seen = daemon.records().filter(({ id }) => id === 'kill');
    assert.deepEqual(
      seen.map(({ exchange, routingKey, redelivered, deaths, messageId }) => [
        exchange,
        routingKey,
        redelivered,
        deaths,
        messageId,
      ]),
      [
        ['jobs', 'a.b', false, 0, 'm-1'],
        ['jobs', 'a.b', true, 1, 'm-1'],
        ['jobs', 'a.b', true, 2, 'm-1'],
      ],
    );
    // The default exchange would have routed a copy with a CC header there.
    assert.equal(await vhost.messageCount('copies'), 0);

    const dead = await (await vhost.channel()).get('q.dead', { noAck: true });
    assert.ok(dead !== false);
    assert.equal(dead.content.toString(), 'kill');
    const { messageId, expiration, priority, deliveryMode } = dead.properties;
    assert.deepEqual([messageId, expiration, priority, deliveryMode], ['m-1', undefined, 2, 2]);
    const {
      'x-amqp-dispatcher-first-seen': firstSeen,
      'x-amqp-dispatcher-died-at': diedAt,
      'x-amqp-dispatcher-stack': stack,
      'x-amqp-dispatcher-host': host,
      'x-delivery-count': count,
      ...headers
    } = dead.properties.headers ?? {};
    assert.ok([firstSeen, diedAt, stack, host].every((value) => value !== undefined));
    // The dead queue of a quorum queue is one, too, and counts deliveries from the first or the second on.
    const counts = type === 'quorum' && !(await vhost.broker.behaves('no count at the first delivery'));
    assert.equal(count, counts ? 0 : undefined);
    assert.deepEqual(headers, {
      own: 1,
      'x-amqp-dispatcher-attempts': 3,
      'x-amqp-dispatcher-deaths': 3,
      'x-amqp-dispatcher-reason': 'deaths',
      'x-amqp-dispatcher-error-type': 'Error',
      'x-amqp-dispatcher-exchange': 'jobs',
      'x-amqp-dispatcher-routing-key': 'a.b',
      'x-amqp-dispatcher-cc': ['copies'],
      'x-amqp-dispatcher-expiration': '600000',
      'x-amqp-dispatcher-queue': 'q',
      'x-amqp-dispatcher-consumer': 'Killed',
      'x-amqp-dispatcher-cause': headers['x-amqp-dispatcher-cause'],
    });
    assert.match(String(headers['x-amqp-dispatcher-cause']), /7/);
    await daemon.waitForLine({ msg: /^put into "q\.dead": 3 threads died while it ran/ });
    assert.deepEqual(await daemon.stop(), { code: 0, signal: null });
    assert.equal(await vhost.messageCount('q'), 0);
  });
}

test("a thread's death is logged with cause, heap and suspects, and the other messages are released", async (t) => {
  const [daemon, vhost] = await killing(t, { entry: { max_deaths: 1 } });
  await vhost.publish('q', 'first');
  await daemon.waitForRecords((records) => records.length === 1);
  const bodies = ['kill', 'a', 'b', 'c'];
  await Promise.all(bodies.map((body) => vhost.publish('q', body)));
  await daemon.waitForRecords((records) => ['a', 'b', 'c'].every((body) => records.some(({ id }) => id === body)));
  const line = await daemon.waitForLine({ msg: /^worker thread 0 died: / });
  assert.equal(line.exitCode, 7);
  assert.equal(line.begun, 1);
  assert.equal(typeof line.released, 'number');
  const { suspects, heap } = JSON.parse(JSON.stringify(line));
  assert.equal(suspects.length, 1);
  assert.deepEqual(
    { queue: suspects[0].queue, consumer: suspects[0].consumer, bytes: suspects[0].bytes },
    { queue: 'q', consumer: 'Killed', bytes: 4 },
  );
  assert.ok(heap.usedMb > 0 && heap.limitMb > heap.usedMb, JSON.stringify(heap));
  // The other messages have not failed, and none of them is dead.
  const ends = daemon.lines.filter(({ reason }) => reason !== undefined);
  assert.deepEqual(
    ends.map(({ level, code, reason }) => [level, code, reason]),
    [[50, 'MESSAGE_QUARANTINED', 'deaths']],
  );
  assert.equal(daemon.lines.filter(({ msg }) => /consume failed|requeued/.test(String(msg))).length, 0);
  assert.deepEqual(await daemon.stop(), { code: 0, signal: null });
  assert.deepEqual([await countOf(vhost, 'q'), await countOf(vhost, 'q.dead')], [0, 1]);
});

test('max_deaths 0 counts no deaths, and the message is requeued as after any failure', async (t) => {
  const [daemon, vhost] = await killing(t, { entry: { max_deaths: 0 } });
  await vhost.publish('q', 'kill');
  await daemon.waitForRecords((records) => records.length >= 4);
  assert.deepEqual(new Set(daemon.records().map(({ deaths }) => deaths)), new Set([0]));
  await daemon.stop();
  assert.equal(await countOf(vhost, 'q'), 1);
});

test('a message whose death cannot be recorded is kept with a warning until it can', async (t) => {
  const [daemon, vhost] = await killing(t, { entry: { max_deaths: 2 } });
  await vhost.ctl('set_permissions', 'guest', '.*', '^(jobs|q|copies)$', '.*');
  await vhost.publish('q', 'kill').catch(() => undefined);
  await vhost.publishTo({ exchange: 'jobs', routingKey: 'a' }, 'kill');
  await daemon.waitForLine({
    msg: /^cannot copy a failed message: .*ACCESS_REFUSED.*; retrying in \d+ ms$/,
  });
  assert.equal(daemon.records().length, 1);
  await vhost.ctl('set_permissions', 'guest', '.*', '.*', '.*');
  await waitFor(async () => (await countOf(vhost, 'q.dead')) === 1, { timeoutMs: 30_000, what: 'one in q.dead' });
  assert.equal(daemon.records().length, 2);
  assert.deepEqual(await daemon.stop(), { code: 0, signal: null });
});

test('a thread that exceeds its resource_limits dies alone, and its message is dead', async (t) => {
  const [daemon, vhost] = await killing(t, {
    entry: { max_deaths: 1, consumer_count: 2 },
    file: { resource_limits: { max_old_generation_mb: 64 } },
  });
  await vhost.publish('q', 'eat');
  const line = await daemon.waitForLine({ msg: /^worker thread \d died: .*memory/ }, 60_000);
  assert.match(JSON.stringify(line.err), /ERR_WORKER_OUT_OF_MEMORY/);
  await waitFor(async () => (await countOf(vhost, 'q.dead')) === 1, { timeoutMs: 30_000, what: 'one in q.dead' });
  await vhost.publish('q', 'next');
  await daemon.waitForRecords((records) => records.some(({ id }) => id === 'next'));
  assert.deepEqual(await daemon.stop(), { code: 0, signal: null });
});
