import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { testBroker } from '../../support/broker/test-broker.js';
import { type TestVhost, testVhost } from '../../support/broker/test-vhost.js';
import { type Daemon, startDaemon } from '../../support/daemon/daemon.js';
import { fixture } from '../../support/daemon/fixture.js';
import type { JsonRecord } from '../../support/json-record.js';
import { waitFor } from '../../support/wait.js';

async function slow(t: TestContext, entry: object, type: string, args: object = {}): Promise<[Daemon, TestVhost]> {
  const vhost = await testVhost(t);
  const daemon = await startDaemon(t, {
    url: vhost.url,
    config: {
      queues: [{ queue: 'q', x_queue_type: type, arguments: args }],
      consumers: [{ consumer: `${fixture('failing.mjs')}:Slow`, queue: 'q', ...entry }],
    },
    args: ['--threads', '1'],
  });
  await daemon.ready();
  return [daemon, vhost];
}

function eventsOf(records: readonly JsonRecord[], event: string, id: string): JsonRecord[] {
  return records.filter((record) => record['event'] === event && record['id'] === id);
}

for (const type of ['classic', 'quorum']) {
  test(`the soft timeout aborts the signal with its reason, and a later answer still counts: ${type} queue`, async (t) => {
    const [daemon, vhost] = await slow(t, { timeout: { soft: '300ms', hard: '1m' } }, type);
    await vhost.publish('q', { id: 'x', how: 'heeds' });
    const records = await daemon.waitForRecords((all) => eventsOf(all, 'end', 'x').length === 1);
    assert.deepEqual(
      eventsOf(records, 'abort', 'x').map(({ code }) => code),
      ['DELIVERY_TIMEOUT'],
    );
    const ranMs =
      Number(eventsOf(records, 'abort', 'x')[0]?.['at']) - Number(eventsOf(records, 'begin', 'x')[0]?.['at']);
    assert.ok(ranMs >= 290, `${ranMs} ms`);
    const line = await daemon.waitForLine({ msg: /outlasted timeout\.soft/ });
    assert.deepEqual([line['code'], line['queue'], line['thread']], ['DELIVERY_TIMEOUT', 'q', 0]);
    await vhost.holds('q', 0);
    assert.equal(eventsOf(daemon.records(), 'begin', 'x').length, 1);
  });

  test(`a message near the consumer timeout of its queue is logged: ${type} queue`, async (t) => {
    const broker = await testBroker();
    const cancels = await broker.behaves('the consumer timeout cancels');
    const isRefused = type === 'classic' && (await broker.behaves('x-consumer-timeout is for quorum queues'));
    const isHeeded = !isRefused && (await broker.behaves('x-consumer-timeout is heeded'));
    const args = isRefused ? {} : { 'x-consumer-timeout': 4_000 };
    const [daemon, vhost] = await slow(t, { consumer_count: 2 }, type, args);
    await vhost.publish('q', { id: 'short', ms: 1_000 });
    await vhost.publish('q', { id: 'long', ms: 3_700 });
    await daemon.waitForRecords((all) => eventsOf(all, 'end', 'long').length === 1);
    const told = daemon.lines.filter(({ msg }) => String(msg).startsWith('still unanswered: '));
    const does = cancels
      ? 'cancels the consumer 4000 ms after a delivery and redelivers this message'
      : 'closes the channel 4000 ms after a delivery and redelivers every message that runs on it';
    const msg = `still unanswered: the broker ${does}`;
    assert.deepEqual(
      told.map((line) => [line.level, line['queue'], line['deliveryTag'], line.msg]),
      isHeeded ? [[40, 'q', 2, msg]] : [],
    );
    await vhost.holds('q', 0);
  });

  for (const how of ['hangs', 'loops']) {
    test(`a hard timeout fails one message, and seven beside it run again: ${how}, ${type} queue`, async (t) => {
      const retry = { attempts: 2, delay: '100ms', jitter: 0 };
      const timeout = { hard: '1500ms' };
      const entry = { consumer_count: 8, retry, timeout };
      const [daemon, vhost] = await slow(t, entry, type);
      const others = Array.from({ length: 7 }, (_, index) => `other ${index}`);
      // A loop blocks its thread, so the others must have begun before.
      const hang = async (): Promise<void> => vhost.publish('q', { id: 'culprit', how });
      if (how === 'hangs') {
        await hang();
        await daemon.waitForRecords((all) => eventsOf(all, 'begin', 'culprit').length === 1);
        // The others must begin later, or all of them would time out.
        const begunAt = Number(eventsOf(daemon.records(), 'begin', 'culprit')[0]?.['at']);
        await waitFor(() => Date.now() - begunAt >= 700, { what: 'half of the time' });
      }
      for (const id of others) await vhost.publish('q', { id, ms: 1_100 });
      await daemon.waitForRecords((all) => others.every((id) => eventsOf(all, 'begin', id).length === 1));
      if (how === 'loops') await hang();
      const records = await daemon.waitForRecords(
        (all) => others.every((id) => eventsOf(all, 'end', id).length === 1),
        30_000,
      );
      for (const id of others) {
        const begun = eventsOf(records, 'begin', id).map(({ attempt }) => attempt);
        assert.deepEqual(begun, [1, 1], id);
      }
      const retried = await daemon.waitForLine({
        msg: /attempt 1 of 2 failed; retrying in 100 ms: consume of Slow outlasted/,
      });
      assert.equal(retried['attempt'], 1);
      assert.equal(daemon.lines.filter(({ msg }) => /^attempt \d/.test(String(msg))).length, 1);
      assert.equal(daemon.lines.filter(({ msg }) => String(msg).startsWith('requeued: ')).length, 7);
      const died = await daemon.waitForLine({ msg: /worker thread 0 died: consume of Slow outlasted timeout\.hard/ });
      assert.equal(died['thread'], 0);
      await daemon.waitForRecords((all) => eventsOf(all, 'end', 'culprit').length === 1);
      await vhost.holds('q', 0);
      const culprit = eventsOf(daemon.records(), 'begin', 'culprit').map(({ attempt }) => attempt);
      assert.deepEqual(culprit, [1, 2]);
      assert.equal(daemon.lines.filter(({ msg }) => /connection lost/.test(String(msg))).length, 0);
    });
  }

  test(`a message that exceeds every hard timeout is dead after its attempts: ${type} queue`, async (t) => {
    const retry = { attempts: 3, delay: '100ms', jitter: 0 };
    const [daemon, vhost] = await slow(t, { retry, timeout: { hard: '300ms' }, max_deaths: 1 }, type);
    await vhost.publish('q', { id: 'x', ms: 60_000 });
    const line = await daemon.waitForLine({ msg: /put into "q\.dead": all 3 attempts failed/ });
    assert.deepEqual([line['reason'], line['attempt']], ['exhausted', 3]);
    const attempts = eventsOf(daemon.records(), 'begin', 'x').map(({ attempt }) => attempt);
    assert.deepEqual(attempts, [1, 2, 3]);
    const dead = await (await vhost.channel()).get('q.dead', { noAck: true });
    assert.ok(dead !== false);
    const headers = dead.properties.headers ?? {};
    assert.equal(headers['x-amqp-dispatcher-reason'], 'exhausted');
    assert.equal(headers['x-amqp-dispatcher-error-type'], 'ConsumerError DELIVERY_TIMEOUT');
    assert.equal(headers['x-amqp-dispatcher-cause'], 'consume of Slow outlasted timeout.hard (300 ms)');
    await vhost.holds('q', 0);
  });
}

for (const [where, own, begins] of [
  ['on the same thread, which runs again', {}, [1, 1]],
  ['with dedicated threads', { threads: 1 }, [1]],
] as const) {
  for (const type of ['classic', 'quorum']) {
    test(`a hard timeout fails no message of another entry ${where}: ${type} queue`, async (t) => {
      const vhost = await testVhost(t);
      const consumer = `${fixture('failing.mjs')}:Slow`;
      const retry = { attempts: 2, delay: '100ms', jitter: 0 };
      const daemon = await startDaemon(t, {
        url: vhost.url,
        config: {
          queues: ['q', 'other'].map((queue) => ({ queue, x_queue_type: type })),
          consumers: [
            { consumer, queue: 'q', retry, timeout: { hard: '600ms' }, ...own },
            { consumer, queue: 'other', retry },
          ],
        },
        args: ['--threads', '1'],
      });
      await daemon.ready();
      await vhost.publish('other', { id: 'innocent', ms: 2_000 });
      await daemon.waitForRecords((all) => eventsOf(all, 'begin', 'innocent').length === 1);
      await vhost.publish('q', { id: 'culprit', how: 'hangs' });
      await daemon.waitForLine({ msg: /died: consume of Slow outlasted timeout\.hard/ });
      const records = await daemon.waitForRecords((all) =>
        ['innocent', 'culprit'].every((id) => eventsOf(all, 'end', id).length === 1),
      );
      assert.deepEqual(
        eventsOf(records, 'begin', 'innocent').map(({ attempt }) => attempt),
        begins,
      );
      assert.deepEqual(
        eventsOf(records, 'begin', 'culprit').map(({ attempt }) => attempt),
        [1, 2],
      );
      assert.equal(daemon.lines.filter(({ msg }) => String(msg).startsWith('requeued: ')).length, begins.length - 1);
    });
  }
}

for (const [what, transport] of [
  ['stdout', undefined],
  ['a transport', { target: 'pino/file', options: { destination: 1 } }],
] as const) {
  test(`a thread that will be terminated is logged with its messages before it dies: ${what}`, async (t) => {
    const vhost = await testVhost(t);
    const daemon = await startDaemon(t, {
      url: vhost.url,
      config: {
        queues: [{ queue: 'q' }],
        consumers: [
          { consumer: `${fixture('failing.mjs')}:Slow`, queue: 'q', consumer_count: 2, timeout: { hard: '400ms' } },
        ],
      },
      files: { 'logging.yml': JSON.stringify({ ...(transport !== undefined && { transport }) }) },
      env: { LOGGING_FILE_CONFIG: 'logging.yml' },
      args: ['--threads', '1'],
    });
    await daemon.ready();
    await vhost.publish('q', { id: 'x', how: 'hangs' }, { messageId: 'm-1' });
    const died = await daemon.waitForLine({ msg: /^worker thread 0 died: / });
    const { lines } = daemon;
    const told = lines.find(({ msg }) => String(msg).startsWith('terminating worker thread 0'));
    assert.equal(
      told?.msg,
      'terminating worker thread 0 (consume of Slow outlasted timeout.hard (400 ms)) while it runs delivery 1 of queue "q" in Slow, messageId "m-1"',
    );
    assert.ok(lines.indexOf(told) < lines.findIndex(({ msg }) => msg === died.msg));
    const [running] = Array.isArray(told.running) ? told.running : [];
    assert.deepEqual([running?.queue, running?.deliveryTag, running?.messageId], ['q', 1, 'm-1']);
  });
}

test('each thread that the shutdown timeout terminates is logged with its messages', async (t) => {
  const vhost = await testVhost(t);
  const daemon = await startDaemon(t, {
    url: vhost.url,
    config: {
      queues: [{ queue: 'q' }],
      consumers: [{ consumer: `${fixture('failing.mjs')}:Slow`, queue: 'q', consumer_count: 2 }],
    },
    args: ['--threads', '2', '--shutdown-timeout', '200ms'],
  });
  await daemon.ready();
  for (const id of ['m-1', 'm-2']) await vhost.publish('q', { id, how: 'waits', ms: 60_000 }, { messageId: id });
  await daemon.waitForRecords((all) => all.filter(({ event }) => event === 'begin').length === 2);
  assert.deepEqual(await daemon.stop(), { code: 1, signal: null });
  const told = daemon.lines
    .map(({ msg }) => String(msg))
    .filter((msg) => /^terminating worker thread \d .*while it runs/.test(msg));
  assert.equal(told.length, 2);
  for (const id of ['m-1', 'm-2'])
    assert.ok(
      told.some((msg) => msg.includes(`messageId "${id}"`)),
      told.join('\n'),
    );
});
