import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { type TestVhost, testVhost } from '../../support/broker/test-vhost.js';
import { type Daemon, startDaemon } from '../../support/daemon/daemon.js';
import { fixture } from '../../support/daemon/fixture.js';
import { waitFor } from '../../support/wait.js';

/** Messages that are redelivered again and again, by id. */
const LOOPS = { throw: '{ no JSON', nack: { end: 'nack' }, reject: { end: 'reject' }, retry: { end: 'retry' } };
const ERROR = 50;
/** Long enough for the longest hold; without holds a message came 8,877 times in this time. */
const LOOPED_MS = 3_600;
/** The longest hold, minus a fifth of jitter. */
const SHORTEST_HOLD_MS = 800;
/** Holds of 0, 0, 10, 20, … 640 ms, up to a fifth less at random, and then about a second each. */
const MOST_BEGINS = 15;

async function parsing(t: TestContext, type: string, prefetch: number): Promise<[Daemon, TestVhost]> {
  const vhost = await testVhost(t);
  const daemon = await startDaemon(t, {
    url: vhost.url,
    config: {
      queues: [{ queue: 'q', x_queue_type: type }],
      consumers: [{ consumer: `${fixture('looping.mjs')}:Parses`, queue: 'q', prefetch_count: prefetch }],
    },
  });
  await daemon.ready();
  return [daemon, vhost];
}

function beginsOf(daemon: Daemon, id: string): number[] {
  return daemon
    .records()
    .flatMap((record) => (record.event === 'begin' && record.id === id ? [Number(record.at)] : []));
}

/** Waits until a message has looped long enough, and returns how often it began in that time. */
async function looped(daemon: Daemon, id: string): Promise<number> {
  const sinceFirst = (): number[] => {
    const [first = Number.NaN, ...others] = beginsOf(daemon, id);
    return others.map((at) => at - first);
  };
  await waitFor(() => sinceFirst().some((ms) => ms > LOOPED_MS), { what: `"${id}" to come back for ${LOOPED_MS} ms` });
  return 1 + sinceFirst().filter((ms) => ms <= LOOPED_MS).length;
}

for (const type of ['classic', 'quorum']) {
  test(`messages that are redelivered again and again are returned later and later: ${type} queue`, async (t) => {
    const [daemon, vhost] = await parsing(t, type, 10);
    for (const [messageId, body] of Object.entries(LOOPS))
      await vhost.publish('q', body, { messageId, correlationId: 'c-1' });
    for (const id of Object.keys(LOOPS)) {
      const begins = await looped(daemon, id);
      assert.ok(begins > 5 && begins <= MOST_BEGINS, `"${id}" began ${begins} times`);
    }
    assert.deepEqual(await daemon.stop(), { code: 0, signal: null });
    const told = daemon.lines.filter(({ level, msg }) => level === ERROR && String(msg).startsWith('consume failed: '));
    assert.deepEqual(
      told.map(({ messageId, correlationId, routingKey }) => [messageId, correlationId, routingKey]),
      Array.from({ length: 5 }, () => ['throw', 'c-1', 'q']),
    );
    await daemon.waitForLine({ msg: /^\d+ more like this in \d+ s: consume failed: the body is not JSON/ });
    assert.ok(daemon.stdout.length < 40_000, `${daemon.stdout.length} bytes of log`);
    await waitFor(async () => (await vhost.messageCount('q')) === Object.keys(LOOPS).length, { what: 'all messages' });
  });

  test(`a message that is redelivered again and again does not occupy the other slots: ${type} queue`, async (t) => {
    const [daemon, vhost] = await parsing(t, type, 10);
    const good = Array.from({ length: 1_000 }, (_, index) => String(index));
    await vhost.publish('q', LOOPS.throw, { messageId: 'bad' });
    const before = await looped(daemon, 'bad');
    const since = performance.now();
    await Promise.all(good.map((messageId) => vhost.publish('q', {}, { messageId })));
    const done = (): unknown[] => daemon.records().filter(({ event }) => event === 'done');
    await waitFor(() => done().length === good.length, { what: 'the good messages' });
    // Each hold lasts at most a second, and none delayed the other messages.
    const during = beginsOf(daemon, 'bad').length - before;
    const passedMs = performance.now() - since;
    assert.ok(during <= 2 + passedMs / SHORTEST_HOLD_MS, `the bad message began ${during} times in ${passedMs} ms`);
    assert.deepEqual(await daemon.stop(), { code: 0, signal: null });
    assert.equal(await vhost.messageCount('q'), 1);
  });

  test(`a message that keeps failing occupies a prefetch of 1 for at most a second each time: ${type} queue`, async (t) => {
    const [daemon, vhost] = await parsing(t, type, 1);
    await vhost.publish('q', LOOPS.throw, { messageId: 'bad' });
    assert.ok((await looped(daemon, 'bad')) <= MOST_BEGINS);
    const begins = beginsOf(daemon, 'bad');
    const gaps = begins.slice(1).map((at, index) => at - (begins[index] ?? Number.NaN));
    assert.ok(Math.max(...gaps) < 1_500, `it came back after ${gaps.join(', ')} ms`);
    assert.deepEqual(await daemon.stop(), { code: 0, signal: null });
    assert.equal(await vhost.messageCount('q'), 1);
  });
}
