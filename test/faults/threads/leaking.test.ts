import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PATIENCE_MS, Stage } from '../../support/daemon/stage.js';
import { LoadPublisher } from '../../support/ledger/load-publisher.js';
import { residentMiB } from '../../support/processes/resident-memory.js';
import { byLength } from '../../support/test-length.js';
import { waitFor } from '../../support/wait.js';

/** An hour of a small leak, shortened: 1 MiB per message, 6 GiB in all at full length. */
const PER_SECOND = 100;
const MESSAGES = byLength({ short: 600, full: 6_000 });
const THREADS = 2;
const HEAP_MB = 150;
/**
 * Each thread may use this much, twice while its successor starts and the old one still runs; the remainder is the process.
 */
const MOST_MIB = 2 * THREADS * HEAP_MB + 300;

for (const buffers of [false, true]) {
  test(`a consumer that leaks 1 MiB of ${buffers ? 'Buffers' : 'objects'} per message keeps its memory and its rate`, async (t) => {
    const stage = await Stage.ready(t, {
      consumer: 'recycled.mjs:Recycled',
      entry: { consumer_count: 4, prefetch_count: 20, recycle: { heap_mb: HEAP_MB } },
      args: ['--threads', String(THREADS)],
    });
    const load = new LoadPublisher({
      urls: [stage.vhost.url],
      queues: ['q'],
      perSecond: PER_SECOND,
      compose: (number) => ({
        queue: 'q',
        body: Buffer.from(JSON.stringify({ id: `m ${number}`, leak: number < MESSAGES ? 1 : 0, buffers })),
      }),
    });
    const resident: number[] = [];
    const isOver = (): boolean => {
      resident.push(residentMiB(stage.daemon.pid) ?? 0);
      return stage.records('done').length >= MESSAGES;
    };
    await waitFor(isOver, { timeoutMs: 10 * MESSAGES + PATIENCE_MS, everyMs: 500, what: 'every message done' });
    await load.stop();
    await stage.done(...Array.from({ length: load.next }, (_, number) => `m ${number}`));
    await stage.stops();
    const begun = stage.records('begin');
    assert.equal(begun.length, load.next, 'each ran once');
    assert.ok(begun.every(({ redelivered }) => redelivered === false));
    const troubled = stage.daemon.lines.filter(({ level }) => Number(level) >= 40);
    assert.deepEqual(troubled, [], 'no warnings');
    const threads = new Set(stage.records('up').map(({ threadId }) => threadId)).size;
    // A thread is replaced soon after it has leaked 150 messages.
    assert.ok(threads > MESSAGES / HEAP_MB / 3, `${threads} threads`);
    const seconds = stage.records('done').map(({ at }) => Math.floor(Number(at) / 1_000));
    const first = Math.min(...seconds);
    const counts = Array.from({ length: Math.max(...seconds) - first + 1 }, () => 0);
    for (const second of seconds) counts[second - first] = (counts[second - first] ?? 0) + 1;
    assert.ok(
      counts.every((count) => count > 0),
      `messages in each second: ${counts.join(' ')}`,
    );
    const most = Math.round(Math.max(...resident));
    t.diagnostic(`${threads} threads, ${most} MiB resident at most, at least ${Math.min(...counts)} messages a second`);
    assert.ok(most < MOST_MIB, `${most} MiB resident at most: ${resident.map(Math.round).join(' ')}`);
  });
}
