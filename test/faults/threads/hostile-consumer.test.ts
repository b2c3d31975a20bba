import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testVhost } from '../../support/broker/test-vhost.js';
import { startDaemon } from '../../support/daemon/daemon.js';
import { fixture } from '../../support/daemon/fixture.js';
import type { JsonRecord } from '../../support/json-record.js';
import { byLength } from '../../support/test-length.js';
import { waitFor } from '../../support/wait.js';

const hostile = fixture('hostile.mjs');
const SEEDS = byLength({ short: [1], full: [1, 2, 3, 4, 5] });
const GARBAGE = byLength({ short: 4_000, full: 20_000 });
const HONEST = byLength({ short: 300, full: 2_000 });
const HOSTILE = 100;

function ids(records: readonly JsonRecord[], wanted: string): Set<unknown> {
  return new Set(records.filter(({ event }) => event === wanted).map(({ id }) => id));
}

for (const seed of SEEDS) {
  test(`a consumer that posts garbage to every port of its thread harms no other consumer (seed ${seed})`, async (t) => {
    const vhost = await testVhost(t);
    const daemon = await startDaemon(t, {
      url: vhost.url,
      config: {
        queues: [{ queue: 'hostile' }, { queue: 'honest' }],
        consumers: [
          { consumer: `${hostile}:Posts`, queue: 'hostile', prefetch_count: 20, options: { seed, count: GARBAGE } },
          { consumer: `${fixture('consumers.mjs')}:Acks`, queue: 'honest', prefetch_count: 20 },
        ],
      },
      args: ['--threads', '2'],
    });
    await daemon.ready();
    for (let id = 0; id < HOSTILE; id++) await vhost.publish('hostile', `hostile ${id}`);
    for (let id = 0; id < HONEST; id++) await vhost.publish('honest', `honest ${id}`);

    await daemon.waitForRecords((records) => records.some(({ event }) => event === 'posted'), 120_000);
    await daemon.waitForRecords((records) => ids(records, 'acked').size === HONEST, 60_000);
    assert.ok(Number(daemon.records().find(({ event }) => event === 'ports')?.['count']) >= 3, 'it found every port');
    const warnings = daemon.lines.filter(({ msg }) => typeof msg === 'string' && msg.endsWith('logged)'));
    assert.ok(warnings.length >= 2, 'the log says that a session and a task port are misused');
    assert.deepEqual(await daemon.stop(), { code: 0, signal: null });
    assert.equal(daemon.stderr, '');

    assert.equal(await vhost.messageCount('honest'), 0);
    const acked = ids(daemon.records(), 'hostile acks');
    const left = new Set<unknown>((await vhost.takeAll('hostile')).map(({ content }) => content.toString()));
    const lost = Array.from({ length: HOSTILE }, (_, id) => `hostile ${id}`).filter(
      (id) => !acked.has(id) && !left.has(id),
    );
    assert.deepEqual(lost, []);
  });
}

test('a thread whose consumer closed its port is replaced, and its delivery runs again', async (t) => {
  const vhost = await testVhost(t);
  const daemon = await startDaemon(t, {
    url: vhost.url,
    config: { queues: [{ queue: 'q' }], consumers: [{ consumer: `${hostile}:ClosesPort`, queue: 'q' }] },
    args: ['--threads', '1'],
  });
  await daemon.ready();
  await vhost.publish('q', 'message');
  await daemon.waitForLine({ msg: /^worker thread 0 died: .*closed its message port/ });
  await daemon.waitForRecords((records) => records.some(({ redelivered }) => redelivered === true));
  await waitFor(async () => (await vhost.queueDepths()).get('q')?.unacked === 0, { what: 'its answer' });
  assert.deepEqual(await daemon.stop(), { code: 0, signal: null });
  assert.equal(await vhost.messageCount('q'), 0);
});

test('a consumer that closes the parent port of its thread goes on consuming', async (t) => {
  const vhost = await testVhost(t);
  const daemon = await startDaemon(t, {
    url: vhost.url,
    config: { queues: [{ queue: 'q' }], consumers: [{ consumer: `${hostile}:ClosesParentPort`, queue: 'q' }] },
    args: ['--threads', '1'],
  });
  await daemon.ready();
  for (const id of ['one', 'two']) await vhost.publish('q', id);
  await daemon.waitForRecords((records) => ids(records, 'acked').size === 2);
  assert.deepEqual(await daemon.stop(), { code: 0, signal: null });
  assert.equal(await vhost.messageCount('q'), 0);
});

test('a startup handler that logs without end is ended at its timeout', async (t) => {
  const vhost = await testVhost(t);
  const daemon = await startDaemon(t, {
    url: vhost.url,
    config: {
      startup_handler: `${hostile}:logsWithoutEnd`,
      startup_timeout: '300ms',
      queues: [{ queue: 'q' }],
      consumers: [{ consumer: `${hostile}:ClosesPort`, queue: 'q' }],
    },
    args: ['--threads', '1'],
  });
  assert.deepEqual(await daemon.exit(60_000), { code: 1, signal: null });
  assert.match(daemon.stdout, /the startup handler outlasted startup_timeout/);
});
