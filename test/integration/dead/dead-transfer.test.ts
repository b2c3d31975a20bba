import assert from 'node:assert/strict';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { QUORUM_DEAD_QUEUE } from '../../../src/failures/index.js';
import { headersOnly, RawClient } from '../../support/amqp/raw-client.js';
import { testVhost } from '../../support/broker/test-vhost.js';
import { startDaemon } from '../../support/daemon/daemon.js';
import { CLEAN, FAILED } from '../../support/daemon/stage.js';
import { startAtTerminal } from '../../support/daemon/terminal.js';
import { type JsonRecord, parseRecord } from '../../support/json-record.js';
import { TcpProxy } from '../../support/network/tcp-proxy.js';
import { waitFor } from '../../support/wait.js';
import { bury, dead, deadQueues, drainedIds, holds, temporaryFolder } from './dead-parts.js';

/** A quorum queue counts its looks in a header. */
function withoutCounts(headers: unknown): JsonRecord {
  const {
    'x-delivery-count': _count,
    'x-acquired-count': _other,
    ...rest
  } = parseRecord(JSON.stringify(headers)) ?? {};
  return rest;
}

for (const type of ['classic', 'quorum']) {
  test(`an export changes nothing, and its import puts equal messages back: ${type} queue`, async (t) => {
    const vhost = await deadQueues(t, type);
    const file = join(await temporaryFolder(t), 'dead.jsonl');
    const headers = { big: 2 ** 60, list: [1, 'two', { deep: null }], bytes: Buffer.of(0xff, 0) };
    await bury(vhost, 'a', 1, { headers, priority: 3, contentType: 'a/b', timestamp: 1_700_000_000 });
    await bury(vhost, 'b', 2, { userId: 'guest' });
    await vhost.publish('q.dead', Buffer.of(0xc3, 0x28), { messageId: 'c' });
    const first = await dead(t, vhost, 'export', 'q');
    assert.deepEqual([first.exit, first.lines.length], [CLEAN, 3], first.stderr);
    assert.deepEqual([first.lines[0]?.['body'], first.lines[2]?.['bodyBase64']], ['body of a', 'wyg=']);
    assert.deepEqual((await dead(t, vhost, 'export', 'q', '--output', file)).exit, CLEAN);
    assert.equal((await stat(file)).mode & 0o777, 0o600);
    await holds(vhost, { 'q.dead': 3 });

    const again = await dead(t, vhost, 'export', 'q', '--output', file, '--remove');
    assert.deepEqual(again.exit, FAILED);
    assert.match(again.stderr, /exists; nothing was exported/);
    await holds(vhost, { 'q.dead': 3 });
    const moved = await dead(t, vhost, 'export', 'q', '--limit', '1', '--output', `${file}.2`, '--remove');
    assert.deepEqual(moved.exit, CLEAN, moved.stderr);
    await holds(vhost, { 'q.dead': 2 });

    // An import does not publish messages that the queue already has.
    const resumed = await dead(t, vhost, 'import', 'q', file, '--resume');
    assert.deepEqual(resumed.lines, [
      { queue: 'q.dead', total: 3, imported: 1, skipped: 2, failed: 0, interrupted: false },
    ]);
    await holds(vhost, { 'q.dead': 3 });
    // The imported copy stands last in the queue, and first by its death.
    const [imported] = (await dead(t, vhost, 'export', 'q')).lines;
    const { headers: before, ...rest } = first.lines[0] ?? {};
    const { headers: after, ...same } = imported ?? {};
    assert.deepEqual(same, rest);
    assert.deepEqual(withoutCounts(after), withoutCounts(before));
    assert.deepEqual(await drainedIds(vhost, 'q.dead').then((ids) => ids.map(String).toSorted()), ['a', 'b', 'c']);
  });
}

test('of two exports to one file at a time one succeeds, and the other removes nothing', async (t) => {
  const vhost = await deadQueues(t, 'classic');
  const file = join(await temporaryFolder(t), 'dead.jsonl');
  for (let number = 0; number < 20; number += 1) await bury(vhost, `m${number}`, number);
  const both = await Promise.all([1, 2].map(() => dead(t, vhost, 'export', 'q', '--output', file, '--remove')));
  const written = (await readFile(file, 'utf8')).trimEnd().split('\n').length;
  await holds(vhost, { 'q.dead': 20 - written });
  assert.ok(
    both.some(({ exit }) => exit.code === 0),
    both.map(({ stderr }) => stderr).join(),
  );
});

test('an export beside an unfinished file of its name writes and removes nothing', async (t) => {
  const vhost = await deadQueues(t, 'classic');
  const file = join(await temporaryFolder(t), 'dead.jsonl');
  await bury(vhost, 'a', 1);
  await writeFile(`${file}.part`, 'of another export');
  const { exit, stderr } = await dead(t, vhost, 'export', 'q', '--output', file, '--remove');
  assert.deepEqual(exit, FAILED);
  assert.match(stderr, /"[^"]*\.part" exists, from an export that runs or was killed .*; nothing was removed/);
  await holds(vhost, { 'q.dead': 1 });
  assert.equal(await readFile(`${file}.part`, 'utf8'), 'of another export');
});

for (const type of ['classic', 'quorum']) {
  test(`an export and its import keep header names that are not UTF-8 through the broker: ${type} queue`, async (t) => {
    const vhost = await deadQueues(t, type);
    const file = join(await temporaryFolder(t), 'dead.jsonl');
    const table = Buffer.from('\x02\xff\xfeS\x00\x00\x00\x01x\x02\xff\xfdI\x00\x00\x00\x05', 'latin1');
    const raw = await RawClient.open(vhost);
    t.after(() => raw.close());
    await raw.publish({ routingKey: 'q.dead', properties: headersOnly(table), body: 'x' });
    const moved = await dead(t, vhost, 'export', 'q', '--output', file, '--remove');
    assert.deepEqual(moved.exit, CLEAN, moved.stderr);
    await holds(vhost, { 'q.dead': 0 });
    const imported = await dead(t, vhost, 'import', 'q', file);
    assert.deepEqual(imported.exit, CLEAN, imported.stderr);
    await holds(vhost, { 'q.dead': 1 });
    const properties = await raw.get('q.dead');
    // The broker may write headers in another order.
    for (const header of [table.subarray(0, 9), table.subarray(9)]) {
      assert.ok(properties?.includes(header), properties?.toString('latin1'));
    }
  });
}

test('an import publishes nothing when a line is wrong, names refused lines, and needs the queue', async (t) => {
  const vhost = await deadQueues(t, 'classic');
  const file = join(await temporaryFolder(t), 'dead.jsonl');
  const good = JSON.stringify({ body: 'text with a \u2028 in it', properties: { messageId: 'a', deliveryMode: 2 } });
  await writeFile(file, `${good}\n{"body": 5}\n`);
  const wrong = await dead(t, vhost, 'import', 'q', file);
  assert.deepEqual(wrong.exit, FAILED);
  assert.match(wrong.stderr, /line 2 of ".*": a line has either a body or a bodyBase64; nothing was imported/);
  await holds(vhost, { 'q.dead': 0 });
  await writeFile(file, `${good}\n\n${good}\n`);
  const right = await dead(t, vhost, 'import', 'q', file, '--format', 'table');
  assert.deepEqual([right.exit, right.stdout], [CLEAN, 'imported 2 of 2 messages into "q.dead"\n']);
  assert.deepEqual(await drainedIds(vhost, 'q.dead'), ['a', 'a']);
  const elsewhere = await dead(t, vhost, 'import', '--queue', 'nobody', file);
  assert.deepEqual(elsewhere.exit, FAILED);
  assert.match(
    elsewhere.stderr,
    /^there is no queue "nobody" on virtual host ".*"; with --config FILE, import declares QUEUE\.dead/,
  );
  assert.equal(await readFile(file, 'utf8'), `${good}\n\n${good}\n`);
});

for (const command of ['import', 'replay']) {
  test(`one SIGTERM ends ${command} while the broker is away, and no message is lost`, async (t) => {
    const vhost = await deadQueues(t, 'classic');
    const file = join(await temporaryFolder(t), 'dead.jsonl');
    const count = 2_000;
    const ids = Array.from({ length: count }, (_, index) => `m-${index}`);
    await writeFile(file, ids.map((messageId) => JSON.stringify({ body: 'x', properties: { messageId } })).join('\n'));
    if (command === 'replay') await Promise.all(ids.map((messageId) => vhost.publish('q.dead', 'x', { messageId })));
    const target = command === 'replay' ? 'q' : 'q.dead';
    const proxy = await TcpProxy.start({ host: vhost.host, port: vhost.port });
    t.after(() => proxy.close());
    // So that it still runs when the broker goes.
    proxy.delay(50);
    const args = command === 'replay' ? ['dead', 'replay', 'q'] : ['dead', 'import', 'q', file];
    const running = await startDaemon(t, { url: proxy.through(vhost.url), args });
    await waitFor(async () => (await vhost.messageCount(target)) > 0, { what: 'the first message', timeoutMs: 60_000 });
    proxy.refuse();
    proxy.cut();
    await waitFor(() => /cannot connect|connection lost|reading "q.dead"/.test(running.stderr), {
      what: 'it to notice',
    });
    running.signal('SIGTERM');
    assert.deepEqual(await running.exit(15_000), FAILED, running.stderr);
    await vhost.holds('q.dead', await vhost.messageCount('q.dead'));
    assert.ok(
      (await vhost.messageCount('q')) + (await vhost.messageCount('q.dead')) >= (command === 'replay' ? count : 1),
    );
  });
}

test('one SIGTERM ends an import that waits for standard input', async (t) => {
  const vhost = await deadQueues(t, 'classic');
  const terminal = await startAtTerminal(t, { url: vhost.url, args: ['dead', 'import', 'q', '-'] });
  await waitFor(async () => (await vhost.connections()).length === 1, {
    what: () => `a connection of\n${terminal.screen}`,
  });
  await terminal.signal('SIGTERM');
  assert.deepEqual(await terminal.exit(), FAILED, terminal.screen);
  assert.match(terminal.screen, /interrupted; nothing was imported/);
});

for (const type of ['classic', 'quorum']) {
  test(`an import declares a missing dead queue as the daemon does, and no other queue: ${type} queue`, async (t) => {
    const vhost = await testVhost(t);
    const folder = await temporaryFolder(t);
    const [file, config] = [join(folder, 'dead.jsonl'), join(folder, 'config.yml')];
    await writeFile(file, JSON.stringify({ body: 'x', properties: { messageId: 'a' } }));
    const queues = [{ queue: 'q', x_queue_type: type }, { queue: 'other' }];
    await writeFile(config, JSON.stringify({ queues, consumers: [{ consumer: './x.js:X', queue: 'q' }] }));
    const right = await dead(t, vhost, 'import', 'q', file, '--config', config);
    assert.deepEqual(right.exit, CLEAN, right.stderr);
    const args = type === 'quorum' ? QUORUM_DEAD_QUEUE : { 'x-queue-type': 'classic' };
    const { messageCount } = await (await vhost.channel()).assertQueue('q.dead', { arguments: args });
    assert.equal(messageCount, 1);
    const foreign = await dead(t, vhost, 'import', 'other', file, '--config', config);
    assert.deepEqual(foreign.exit, FAILED);
    assert.match(
      foreign.stderr,
      /there is no queue "other\.dead" .*; it is not QUEUE\.dead of a consumer entry of the file/,
    );
  });
}
