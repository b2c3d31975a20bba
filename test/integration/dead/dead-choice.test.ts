import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dump } from 'js-yaml';
import { testVhost } from '../../support/broker/test-vhost.js';
import { type DaemonExit, startDaemon } from '../../support/daemon/daemon.js';
import { CLEAN, FAILED } from '../../support/daemon/stage.js';
import { parseRecordLines } from '../../support/json-record.js';
import { bury, dead, deadQueues, drainedIds, holds, idsOf } from './dead-parts.js';

const USAGE: DaemonExit = { code: 2, signal: null };

for (const type of ['classic', 'quorum']) {
  test(`a dry run and the run after it choose the same messages, oldest first by died-at: ${type} queue`, async (t) => {
    const vhost = await deadQueues(t, type);
    const seconds = [5, 3, 9, 1, 7, 2, 8, 4, 6];
    for (const second of seconds) await bury(vhost, `m-${second}`, second);
    for (const [args, expected] of [
      [
        ['--limit', '2'],
        ['m-1', 'm-2'],
      ],
      [
        ['--where', 'error-type=TypeError', '--limit', '3'],
        ['m-3', 'm-4', 'm-5'],
      ],
    ] as const) {
      // A look in between, also one at a part, must not change what comes next.
      await dead(t, vhost, 'show', 'q');
      await dead(t, vhost, 'list', 'q', '--limit', '1');
      const dry = await dead(t, vhost, 'replay', 'q', '--dry-run', ...args);
      assert.deepEqual([dry.exit, idsOf(dry.lines)], [CLEAN, expected], dry.stderr);
      const run = await dead(t, vhost, 'replay', 'q', ...args);
      assert.deepEqual(run.exit, CLEAN, run.stderr);
      assert.deepEqual(await drainedIds(vhost, 'q'), expected);
    }
    const dry = await dead(t, vhost, 'delete', 'q', '--limit', '2', '--dry-run');
    assert.deepEqual([dry.exit, idsOf(dry.lines)], [CLEAN, ['m-6', 'm-7']]);
    const run = await dead(t, vhost, 'delete', 'q', '--limit', '2', '--yes');
    assert.deepEqual(run.lines, [{ queue: 'q.dead', total: 4, deleted: 2, interrupted: false }]);
    await holds(vhost, { 'q.dead': 2 });
    assert.deepEqual(idsOf((await dead(t, vhost, 'list', 'q')).lines), ['m-8', 'm-9']);
  });

  test(`delete refuses without a terminal, and deletes by id, filter and age: ${type} queue`, async (t) => {
    const vhost = await deadQueues(t, type);
    const hour = Math.floor(Date.now() / 1000) - 1_767_225_600 - 3600;
    await bury(vhost, 'old', 1);
    await bury(vhost, 'recent', hour);
    await bury(vhost, 'other', hour, { headers: { tenant: 'acme', 'x-amqp-dispatcher-error-type': 'RangeError' } });
    const refused = await dead(t, vhost, 'delete', 'q', '--id', 'old');
    assert.deepEqual(refused.exit, USAGE);
    assert.match(refused.stderr, /pass --yes to delete "q\.dead"/);
    await holds(vhost, { 'q.dead': 3 });
    const listed = async (...args: string[]) => idsOf((await dead(t, vhost, 'list', 'q', ...args)).lines);
    assert.deepEqual(await listed('--older', '2h'), ['old']);
    assert.deepEqual(await listed('--newer', '2h'), ['recent', 'other']);
    assert.deepEqual(await listed('--where', 'header.tenant=acme', '--where', 'error-type=RangeError'), ['other']);
    const missing = await dead(t, vhost, 'delete', 'q', '--id', 'old', '--id', 'nobody', '--yes');
    assert.deepEqual([missing.exit, missing.lines[0]?.['deleted']], [FAILED, 1]);
    assert.match(missing.stderr, /no message of "q\.dead" has the id "nobody"/);
    await holds(vhost, { 'q.dead': 2 });
    assert.deepEqual((await dead(t, vhost, 'delete', 'q', '--older', '2h', '--yes')).lines[0]?.['deleted'], 0);
    assert.deepEqual((await dead(t, vhost, 'delete', 'q', '--where', 'header.tenant=acme', '-y')).exit, CLEAN);
    await holds(vhost, { 'q.dead': 1 });
    assert.deepEqual(await listed(), ['recent']);
  });
}

test("any queue is shown by its exact name with the broker's record, and replays to where it died", async (t) => {
  const vhost = await testVhost(t);
  const channel = await vhost.channel();
  await channel.assertQueue('orders', { deadLetterExchange: '', deadLetterRoutingKey: 'orders.dlq' });
  await channel.assertQueue('orders.dlq');
  await vhost.publish('orders', 'body', { messageId: 'o-1' });
  const message = await channel.get('orders');
  assert.ok(message !== false);
  channel.reject(message, false);
  await holds(vhost, { 'orders.dlq': 1 });
  await vhost.publish('orders.dlq', 'body', { messageId: 'by-hand' });
  const [shown] = (await dead(t, vhost, 'show', '--queue', 'orders.dlq', 'o-1')).lines;
  assert.deepEqual([shown?.['reason'], shown?.['queue'], shown?.['routingKey']], ['rejected', 'orders', 'orders']);
  const replayed = await dead(t, vhost, 'replay', '--queue', 'orders.dlq');
  assert.deepEqual(replayed.exit, FAILED);
  assert.match(replayed.stderr, /by-hand stays in "orders\.dlq": nothing says in which queue it died/);
  assert.deepEqual(await drainedIds(vhost, 'orders'), ['o-1']);
  assert.deepEqual((await dead(t, vhost, 'replay', '-q', 'orders.dlq', '--to', 'orders')).exit, CLEAN);
  assert.deepEqual(await drainedIds(vhost, 'orders'), ['by-hand']);
});

test('every command ends with exit code 0 where no message has died, and 1 where the queue is mistyped', async (t) => {
  const vhost = await testVhost(t);
  await (await vhost.channel()).assertQueue('q');
  for (const isThere of [false, true]) {
    if (isThere) await (await vhost.channel()).assertQueue('q.dead');
    for (const args of [
      ['list', 'q'],
      ['show', 'q'],
      ['replay', 'q'],
      ['delete', 'q', '--limit', '1', '--yes'],
      ['purge', 'q', '--yes'],
      ['export', 'q'],
    ]) {
      const { exit, stderr } = await dead(t, vhost, ...args);
      assert.deepEqual(exit, CLEAN, stderr);
      assert.equal(/no queue "q\.dead" yet/.test(stderr), !isThere, stderr);
    }
  }
  for (const args of [
    ['list', 'p'],
    ['list', '--queue', 'q.dlq'],
  ]) {
    assert.deepEqual((await dead(t, vhost, ...args)).exit, FAILED);
  }
});

test('a stream is refused, because no message can be taken from it', async (t) => {
  const vhost = await testVhost(t);
  await (await vhost.channel()).assertQueue('s', { arguments: { 'x-queue-type': 'stream' } });
  await vhost.publish('s', 'body');
  // The broker counts the messages of a stream every few seconds.
  await holds(vhost, { s: 1 });
  const { exit, stderr } = await dead(t, vhost, 'list', '--queue', 's');
  assert.deepEqual(exit, FAILED);
  assert.match(stderr, /reading "s": it is a stream, from which no message can be taken/);
});

test('list without a queue counts all dead queues of a file, by error', async (t) => {
  const vhost = await deadQueues(t, 'quorum');
  await (await vhost.channel()).assertQueue('orders.dlq');
  for (const id of ['a', 'b', 'c']) await bury(vhost, id, 60);
  await bury(vhost, 'd', 120, { headers: { 'x-amqp-dispatcher-error-type': 'RangeError' } });
  await vhost.publish('orders.dlq', 'by hand');
  const files = {
    'config.yml': dump({
      queues: [
        { queue: 'orders', x_dead_letter_exchange: 'dlx' },
        { queue: 'orders.dlq', bindings: [{ exchange: 'dlx', routing_key: '#' }] },
      ],
      consumers: ['q', 'orders'].map((queue) => ({ consumer: './absent.js', queue })),
    }),
  };
  const command = await startDaemon(t, { url: vhost.url, files, args: ['dead', 'list'] });
  assert.deepEqual(await command.exit(), CLEAN, command.stderr);
  assert.deepEqual(parseRecordLines(command.stdout), [
    {
      queue: 'q.dead',
      messages: 4,
      oldest: '2026-01-01T00:01:00.000Z',
      newest: '2026-01-01T00:02:00.000Z',
      errors: [
        { error: 'TypeError E_TEST', messages: 3 },
        { error: 'RangeError', messages: 1 },
      ],
    },
    { queue: 'orders.dead', messages: 0, errors: [] },
    { queue: 'orders.dlq', messages: 1, errors: [{ error: 'unknown', messages: 1 }] },
  ]);
  await holds(vhost, { 'q.dead': 4, 'orders.dlq': 1 });
});
