import assert from 'node:assert/strict';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type TestVhost, testVhost } from '../../support/broker/test-vhost.js';
import { type Daemon, startDaemon } from '../../support/daemon/daemon.js';
import { fixture } from '../../support/daemon/fixture.js';
import type { JsonRecord } from '../../support/json-record.js';
import { waitFor } from '../../support/wait.js';

const TYPES = ['classic', 'quorum'] as const;

interface RecycledOptions {
  readonly entry: object;
  readonly type?: string;
  readonly config?: object;
  readonly threads?: number;
  /** A shell command that starts the daemon, ending in `exec "$@"`. */
  readonly shell?: string;
}

async function recycled(t: TestContext, options: RecycledOptions): Promise<[Daemon, TestVhost]> {
  const { entry, type = 'classic', config, threads = 1, shell } = options;
  const vhost = await testVhost(t);
  const daemon = await startDaemon(t, {
    url: vhost.url,
    config: {
      ...config,
      queues: [{ queue: 'q', x_queue_type: type }],
      consumers: [{ consumer: `${fixture('recycled.mjs')}:Recycled`, queue: 'q', ...entry }],
    },
    args: ['--threads', String(threads)],
    ...(shell !== undefined && { shell }),
  });
  await daemon.ready();
  return [daemon, vhost];
}

const of = (records: readonly JsonRecord[], event: string): JsonRecord[] =>
  records.filter((record) => record['event'] === event);

const threadsOf = (records: readonly JsonRecord[]): unknown[] => [...new Set(records.map(({ threadId }) => threadId))];

async function untilDone(daemon: Daemon, ids: readonly string[]): Promise<JsonRecord[]> {
  const records = await daemon.waitForRecords((all) => {
    const done = new Set(of(all, 'done').map(({ id }) => id));
    return ids.every((id) => done.has(id));
  }, 60_000);
  return records;
}

/** Sends messages until a second thread has handled some; returns how many were sent. */
async function untilMoved(daemon: Daemon, vhost: TestVhost): Promise<number> {
  for (let sent = 0; ; sent += 50) {
    const ids = names(`m ${sent}`, 50);
    for (const id of ids) await vhost.publish('q', { id });
    if (threadsOf(of(await untilDone(daemon, ids), 'done')).length >= 2) return sent + 50;
  }
}

/** Keeps sending messages until so many threads have handled some; returns their ids. */
async function flowUntilThreads(daemon: Daemon, vhost: TestVhost, count: number): Promise<string[]> {
  const ids: string[] = [];
  const doneSoFar = (): number => of(daemon.records(), 'done').length;
  const hasServed = (): boolean => threadsOf(of(daemon.records(), 'up')).length >= count;
  const what = (): string => `${count} threads: ${threadsOf(of(daemon.records(), 'up')).length} have served`;
  while (!hasServed()) {
    const wave = names(`m ${ids.length}`, 200);
    ids.push(...wave);
    for (const id of wave) void vhost.publish('q', { id });
    await waitFor(() => ids.length - doneSoFar() < 400 || hasServed(), { timeoutMs: 60_000, what });
  }
  return ids;
}

function names(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix} ${index}`);
}

for (const type of TYPES) {
  test(`a thread that served its messages is replaced once its successor is ready: ${type} queue`, async (t) => {
    const entry = { consumer_count: 2, prefetch_count: 20, recycle: { messages: 100 } };
    const [daemon, vhost] = await recycled(t, { entry, type });
    const ids = await flowUntilThreads(daemon, vhost, 3);
    await untilDone(daemon, ids);
    await daemon.waitForLine({ msg: /replaced worker thread 0/ });
    await vhost.holds('q', 0);
    const records = daemon.records();
    assert.equal(of(records, 'begin').length, ids.length, 'each message ran once');
    assert.deepEqual(
      of(records, 'begin').filter(({ redelivered }) => redelivered === true),
      [],
    );
    const threads = threadsOf(of(records, 'up'));
    for (const [index, old] of threads.slice(0, -1).entries()) {
      const next = threads[index + 1];
      const at = (event: string, thread: unknown): number[] =>
        of(records, event)
          .filter(({ threadId }) => threadId === thread)
          .map((record) => records.indexOf(record));
      const ready = Math.max(...at('up', next));
      const goes = at('down', old);
      if (goes.length === 0) continue; // The last thread may not have retired yet.
      assert.ok(ready < Math.min(...goes), 'its successor had both instances before the first was shut down');
      assert.equal(goes.length, 2);
      assert.ok(Math.max(...at('done', old)) < Math.min(...goes), 'it had ended what ran');
    }
    assert.deepEqual(
      new Set(of(records, 'down').map(({ exception }) => exception)),
      new Set([null]),
      'its instances are shut down in order',
    );
    const line = await daemon.waitForLine({ msg: /replacing worker thread 0: it has served \d+ messages of "q"/ });
    assert.equal(line['thread'], 0);
  });

  test(`messages finish on a retiring thread while its other consumers have moved: ${type} queue`, async (t) => {
    const entry = { consumer_count: 2, prefetch_count: 4, recycle: { messages: 20 } };
    const [daemon, vhost] = await recycled(t, { entry, type });
    await vhost.publish('q', { id: 'long', gate: 'open' });
    await daemon.waitForRecords((all) => of(all, 'begin').length === 1);
    await untilMoved(daemon, vhost);
    const [old] = threadsOf(of(daemon.records(), 'begin').filter(({ id }) => id === 'long'));
    const down = of(daemon.records(), 'down').filter(({ threadId }) => threadId === old);
    assert.deepEqual(down, [], 'the old thread serves the long one still');
    await writeFile(join(daemon.folder, 'open'), '');
    await untilDone(daemon, ['long']);
    await daemon.waitForLine({ msg: /replaced worker thread 0/ });
    await vhost.holds('q', 0);
    const after = daemon.records();
    assert.equal(of(after, 'begin').filter(({ id }) => id === 'long').length, 1);
    assert.ok(of(after, 'down ended').some(({ threadId }) => threadId === old));
  });
}

for (const [what, buffers, type] of [
  ['objects', false, 'classic'],
  ['Buffers', true, 'quorum'],
] as const) {
  test(`a thread whose heap has grown too large is replaced: retained ${what}, ${type} queue`, async (t) => {
    const entry = { prefetch_count: 5, options: { ms: 10 }, recycle: { heap_mb: 80 } };
    const [daemon, vhost] = await recycled(t, { entry, type });
    let sent = 0;
    const ups = (): JsonRecord[] => of(daemon.records(), 'up');
    // A thread may leak for a while until its successor is ready.
    for (; threadsOf(ups()).length < 3; sent += 50) {
      const ids = names(`m ${sent}`, 50);
      for (const id of ids) await vhost.publish('q', { id, leak: 1, buffers });
      await untilDone(daemon, ids);
    }
    assert.equal(of(daemon.records(), 'begin').length, sent);
    const line = await daemon.waitForLine({
      msg: /MiB after a full garbage collection \(recycle\.heap_mb: 80\)/,
    });
    const left = Number(/(\d+) MiB after/.exec(String(line['msg']))?.[1]);
    // It leaks at most 100 MiB a second, and a collection that came too early is repeated only after a second.
    // The figure in the line is rounded.
    assert.ok(left >= 80 && left < 200, `${left} MiB`);
  });
}

test('a consumer that produces garbage but retains nothing keeps its thread', async (t) => {
  const entry = { prefetch_count: 5, recycle: { heap_mb: 40 } };
  const [daemon, vhost] = await recycled(t, { entry });
  const ids = names('m', 100);
  for (const id of ids) await vhost.publish('q', { id, garbage: 5 });
  const records = await untilDone(daemon, ids);
  assert.equal(threadsOf(of(records, 'up')).length, 1);
});

for (const type of TYPES) {
  test(`a thread is replaced at its maximum age, even when idle: ${type} queue`, async (t) => {
    const [daemon] = await recycled(t, { entry: { recycle: { age: '1s' } }, type });
    await daemon.waitForRecords((all) => threadsOf(of(all, 'up')).length >= 3);
    const records = daemon.records();
    assert.ok(of(records, 'down').length >= 1);
  });
}

test('a thread without a successor stays in service until one can start', async (t) => {
  const config = { startup_handler: `${fixture('recycled.mjs')}:startup` };
  const entry = { prefetch_count: 5, recycle: { messages: 20 } };
  const [daemon, vhost] = await recycled(t, { entry, config });
  await writeFile(join(daemon.folder, 'no-successor'), '');
  const ids = names('m', 100);
  for (const id of ids) await vhost.publish('q', { id });
  const records = await untilDone(daemon, ids);
  await daemon.waitForLine({ msg: /cannot replace worker thread 0: .*no licence for another one/ });
  assert.equal(threadsOf(of(records, 'done')).length, 1);
  await rm(join(daemon.folder, 'no-successor'));
  await daemon.waitForLine({ msg: /replaced worker thread 0/ }, 30_000);
  await vhost.publish('q', { id: 'last' });
  const after = await untilDone(daemon, ['last']);
  assert.equal(threadsOf(of(after, 'done')).length, 2);
});

for (const type of TYPES) {
  test(`a thread that dies while it retires loses no message and is replaced once: ${type} queue`, async (t) => {
    const entry = { consumer_count: 2, prefetch_count: 4, recycle: { messages: 20 } };
    const [daemon, vhost] = await recycled(t, { entry, type });
    await vhost.publish('q', { id: 'fatal', gate: 'open', dies: true });
    await daemon.waitForRecords((all) => of(all, 'begin').length === 1);
    const sent = await untilMoved(daemon, vhost);
    await writeFile(join(daemon.folder, 'open'), '');
    // Each attempt kills its thread, and the third is the last.
    await daemon.waitForLine({ msg: /put into "q\.dead"/ }, 60_000);
    await vhost.publish('q', { id: 'last' });
    await untilDone(daemon, ['last']);
    await vhost.holds('q', 0);
    assert.equal(await vhost.messageCount('q.dead'), 1);
    assert.equal(of(daemon.records(), 'done').length, sent + 1);
  });
}

test('a thread whose successor cannot create an instance stays in service until it can', async (t) => {
  const entry = { consumer: `${fixture('recycled.mjs')}:Fussy`, consumer_count: 2, recycle: { age: '500ms' } };
  const [daemon, vhost] = await recycled(t, { entry });
  await writeFile(join(daemon.folder, 'no-instance-1'), '');
  await daemon.waitForLine({ msg: /cannot replace worker thread 0: .*no connection for another one/ });
  const ups = of(daemon.records(), 'up');
  const old = threadsOf(ups).findLast((thread) => ups.filter(({ threadId }) => threadId === thread).length === 2);
  for (const id of ['a', 'b']) await vhost.publish('q', { id, gate: 'open' });
  const records = await daemon.waitForRecords((all) => of(all, 'begin').length === 2);
  assert.deepEqual(threadsOf(of(records, 'begin')), [old], 'both instances are where they were');
  await writeFile(join(daemon.folder, 'open'), '');
  await untilDone(daemon, ['a', 'b']);
  await rm(join(daemon.folder, 'no-instance-1'));
  await daemon.waitForLine({ msg: /replaced worker thread 0/ }, 30_000);
});

test('an instance that could not be created before does not prevent the replacement', async (t) => {
  const [daemon, vhost] = await recycled(t, {
    entry: { consumer: `${fixture('recycled.mjs')}:Fussy`, consumer_count: 2, recycle: { age: '1s' } },
    shell: 'touch "$(dirname "$TEST_RECORD")/no-instance-1"; exec "$@"',
  });
  await daemon.waitForLine({ msg: /replaced worker thread 0/ });
  await vhost.publish('q', { id: 'a' });
  await untilDone(daemon, ['a']);
});

test('a stop while a successor starts ends gracefully and logs no failure', async (t) => {
  const config = { startup_handler: `${fixture('recycled.mjs')}:startup` };
  const [daemon] = await recycled(t, { entry: { recycle: { age: '1s' } }, config });
  await writeFile(join(daemon.folder, 'no-end'), '');
  const from = daemon.lines.length;
  await daemon.waitForLine({ msg: /replacing worker thread/, from });
  assert.deepEqual(await daemon.stop(), { code: 0, signal: null });
  assert.deepEqual(
    daemon.lines.filter(({ level }) => Number(level) > 30).map(({ msg }) => msg),
    [],
  );
});

for (const type of TYPES) {
  test(`a stop while a thread is being replaced ends gracefully: ${type} queue`, async (t) => {
    const entry = { consumer_count: 2, prefetch_count: 4, recycle: { messages: 20 } };
    const [daemon, vhost] = await recycled(t, { entry, type });
    await vhost.publish('q', { id: 'long', gate: 'open' });
    await daemon.waitForRecords((all) => of(all, 'begin').length === 1);
    await untilMoved(daemon, vhost);
    const stopped = daemon.stop();
    await daemon.waitForLine({ msg: /^stopping$/ });
    await writeFile(join(daemon.folder, 'open'), '');
    assert.deepEqual(await stopped, { code: 0, signal: null });
    const after = daemon.records();
    assert.equal(of(after, 'down ended').length, of(after, 'up').length, 'every instance was shut down, old and new');
    assert.equal(await vhost.messageCount('q'), 0);
  });

  test(`threads of the same age are replaced one by one, and messages go on: ${type} queue`, async (t) => {
    const entry = { consumer_count: 8, prefetch_count: 40, options: { ms: 2 }, recycle: { messages: 150 } };
    const [daemon, vhost] = await recycled(t, { entry, type, threads: 4 });
    const ids = await flowUntilThreads(daemon, vhost, 8);
    const records = await untilDone(daemon, ids);
    await vhost.holds('q', 0);
    assert.equal(of(records, 'begin').length, ids.length);
    const times = of(records, 'done').map(({ at }) => Number(at));
    const longest = Math.max(...times.slice(1).map((at, index) => at - (times[index] ?? at)));
    assert.ok(longest < 1_000, `nothing was done for ${longest} ms`);
  });
}
