import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { getPriority } from 'node:os';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { type TestVhost, testVhost } from '../../support/broker/test-vhost.js';
import { type Daemon, startDaemon } from '../../support/daemon/daemon.js';
import { fixture } from '../../support/daemon/fixture.js';
import type { JsonRecord } from '../../support/json-record.js';

/** The highest nice value. */
const LOWEST = 19;

interface Entries {
  readonly mine: object;
  readonly others?: object;
  readonly type?: string;
  readonly config?: object;
  readonly threads?: number;
}

/** A daemon with two entries of the same class: `mine` on the queue of that name, `others` beside it. */
async function bulkheads(t: TestContext, options: Entries): Promise<[Daemon, TestVhost]> {
  const { mine, others = {}, type = 'classic', config, threads = 1 } = options;
  const vhost = await testVhost(t);
  const consumer = `${fixture('recycled.mjs')}:Computes`;
  const daemon = await startDaemon(t, {
    url: vhost.url,
    config: {
      ...config,
      queues: ['mine', 'others'].map((queue) => ({ queue, x_queue_type: type })),
      consumers: [
        { consumer, queue: 'mine', options: { of: 'mine' }, ...mine },
        { consumer, queue: 'others', options: { of: 'others' }, ...others },
      ],
    },
    args: ['--threads', String(threads)],
  });
  await daemon.ready();
  return [daemon, vhost];
}

function of(records: readonly JsonRecord[], event: string, entry?: string): JsonRecord[] {
  return records.filter((record) => record['event'] === event && (entry === undefined || record['of'] === entry));
}

for (const type of ['classic', 'quorum']) {
  test(`an entry that computes on dedicated threads does not block other entries: ${type} queue`, async (t) => {
    const [daemon, vhost] = await bulkheads(t, { mine: { threads: 1, consumer_count: 2 }, type });
    const untilFile = join(daemon.folder, 'end of the long one');
    await vhost.publish('mine', { id: 'long', untilFile });
    await daemon.waitForRecords((all) => of(all, 'begin').length === 1);
    for (let number = 0; number < 200; number++) await vhost.publish('others', { id: `o ${number}` });
    const records = await daemon.waitForRecords((all) => of(all, 'done', 'others').length === 200);
    assert.equal(of(records, 'done', 'mine').length, 0, 'the long one still computes');
    const threads = (entry: string): unknown[] => [...new Set(of(records, 'up', entry).map(({ thread }) => thread))];
    assert.deepEqual([threads('others'), threads('mine')], [[0], [1]]);
    await writeFile(untilFile, '');
    await daemon.waitForRecords((all) => of(all, 'done', 'mine').length === 1);
  });
}

test('dedicated threads have their own limits, and those of the file by default', async (t) => {
  const config = { resource_limits: { max_old_generation_mb: 300, max_young_generation_mb: 16 } };
  const mine = { threads: 1, resource_limits: { max_old_generation_mb: 64 } };
  const [daemon] = await bulkheads(t, { mine, config });
  const records = await daemon.waitForRecords((all) => of(all, 'up').length === 2);
  const limit = (entry: string): number => Number(of(records, 'up', entry)[0]?.['heapLimitMb']);
  // The young generation counts three times: two semi-spaces, and a margin.
  assert.equal(limit('others') - limit('mine'), 300 - 64);
});

describe('on Linux, the priority of worker threads', { skip: process.platform !== 'linux' }, () => {
  test('is lower than that of every other thread, also if a consumer is the first to use the pool of libuv', async (t) => {
    const { daemon, nice } = await withPriorities(t, {});
    assert.deepEqual(nice, { others: lower(5), mine: lower(5) });
    const all = readdirSync(`/proc/${daemon.pid}/task`).map((task) => getPriority(Number(task)));
    assert.ok(all.length > 10, `${all.length} threads`);
    const lowered = all.filter((each) => each > lower(0));
    assert.equal(lowered.length, lower(0) === LOWEST ? 0 : 2);
  });

  test('can be set for the shared threads and for those of an entry', async (t) => {
    const mine = { resource_limits: { nice: 7 } };
    const { nice } = await withPriorities(t, { mine, config: { resource_limits: { nice: 0 } } });
    assert.deepEqual(nice, { others: lower(0), mine: lower(7) });
  });
});

async function withPriorities(t: TestContext, { mine, config = {} }: Partial<Entries>) {
  const [daemon] = await bulkheads(t, { mine: { threads: 1, ...mine }, config });
  const records = await daemon.waitForRecords((all) => of(all, 'up').length === 2);
  const nice = (entry: string): number => Number(of(records, 'up', entry)[0]?.['nice']);
  return { daemon, nice: { others: nice('others'), mine: nice('mine') } };
}

/** The tests may run at a lower priority themselves. */
function lower(by: number): number {
  return Math.min(LOWEST, getPriority() + by);
}

for (const type of ['classic', 'quorum']) {
  test(`a dedicated thread that runs out of memory does not affect other entries: ${type} queue`, async (t) => {
    const mine = { threads: 1, resource_limits: { max_old_generation_mb: 32 }, max_deaths: 2 };
    const [daemon, vhost] = await bulkheads(t, { mine, others: { prefetch_count: 10 }, type });
    await vhost.publish('mine', { id: 'greedy', grows: true });
    for (let number = 0; number < 300; number++) await vhost.publish('others', { id: `o ${number}`, ms: 2 });
    await daemon.waitForLine({ msg: /put into "mine\.dead": 2 threads died/ }, 60_000);
    await vhost.publish('mine', { id: 'modest' });
    const records = await daemon.waitForRecords(
      (all) => of(all, 'done', 'others').length === 300 && of(all, 'done', 'mine').length === 1,
      60_000,
    );
    assert.equal(of(records, 'begin').filter(({ id }) => String(id).startsWith('o ')).length, 300);
    const died = daemon.lines.filter(({ msg }) => /^worker thread \d died/.test(String(msg)));
    assert.deepEqual(
      died.map(({ thread }) => thread),
      [1, 1],
    );
  });
}

test('without shared entries there are no shared threads, and instances are spread over dedicated ones', async (t) => {
  const config = { startup_handler: `${fixture('startup.mjs')}:startup` };
  const entries = { mine: { threads: 2, consumer_count: 3 }, others: { threads: 1 }, config, threads: 7 };
  const [daemon] = await bulkheads(t, entries);
  const ready = await daemon.waitForLine({ msg: /^ready$/ });
  assert.equal(ready['threads'], 3);
  const records = await daemon.waitForRecords((all) => of(all, 'up').length === 4);
  assert.deepEqual(
    of(records, 'startup began')
      .map(({ thread, threads }) => `${Number(thread)} of ${Number(threads)}`)
      .toSorted((one, other) => one.localeCompare(other)),
    ['0 of 3', '1 of 3', '2 of 3'],
  );
  const threads = of(records, 'up', 'mine').map(({ thread }) => Number(thread));
  assert.deepEqual(
    threads.toSorted((one, other) => one - other),
    [0, 0, 1],
  );
  assert.deepEqual(
    of(records, 'up', 'others').map(({ thread }) => thread),
    [2],
  );
});

test('dedicated threads are recycled', async (t) => {
  const mine = { threads: 1, recycle: { messages: 50 }, prefetch_count: 10 };
  const [daemon, vhost] = await bulkheads(t, { mine });
  for (let number = 0; number < 400; number++) await vhost.publish('mine', { id: `m ${number}`, ms: 2 });
  const records = await daemon.waitForRecords((all) => of(all, 'done', 'mine').length === 400);
  assert.equal(of(records, 'begin').length, 400);
  const threads = (entry: string): number => new Set(of(records, 'up', entry).map(({ threadId }) => threadId)).size;
  assert.ok(threads('mine') >= 2, `${threads('mine')} threads`);
  assert.equal(threads('others'), 1);
});
