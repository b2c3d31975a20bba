import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ctl, ctlList, runCtl } from '../../support/daemon/ctl.js';
import type { Daemon } from '../../support/daemon/daemon.js';
import { DaemonHttp } from '../../support/daemon/scrape.js';
import { CLEAN, PATIENCE_MS, Stage } from '../../support/daemon/stage.js';

/** The id that `ctl running` shows for a message. */
async function idOf(daemon: Daemon, messageId: string): Promise<string> {
  const found = (await ctlList(daemon, 'running')).find((each) => each['messageId'] === messageId);
  const id = found?.['id'];
  assert.ok(typeof id === 'number', `${messageId} is not running`);
  return String(id);
}

async function begun(daemon: Daemon, count: number): Promise<void> {
  await daemon.waitForRecords((all) => all.filter(({ event }) => event === 'begin').length === count, PATIENCE_MS);
}

test('abort ends the signal of one message, and its neighbours on the thread notice nothing', async (t) => {
  const stage = await Stage.ready(t, {
    consumer: 'failing.mjs:Slow',
    entry: { name: 'Slow', consumer_count: 3 },
    args: ['--threads', '1'],
  });
  const { daemon, vhost } = stage;
  for (const id of ['a', 'b', 'c']) await vhost.publish('q', { id, how: 'heeds' }, { messageId: id });
  await begun(daemon, 3);
  const id = await idOf(daemon, 'b');
  assert.deepEqual(await ctl(daemon, 'abort', id), {
    id: Number(id),
    queue: 'q',
    name: 'Slow',
    thread: 0,
    state: 'signalled',
  });
  await daemon.waitForRecords((all) => all.some(({ event }) => event === 'end'), PATIENCE_MS);
  assert.deepEqual(
    stage.records('abort').map((record) => [record['id'], record['code']]),
    [['b', 'DELIVERY_ABORTED']],
  );
  assert.deepEqual(
    stage.records('end').map((record) => record['id']),
    ['b'],
  );
  const line = await daemon.waitForLine({ msg: /^operator action: abort \d+ by ctl/ });
  assert.deepEqual([line.consumer, line.thread], ['Slow', 0]);
  const again = await runCtl(['abort', id, '--pid', String(daemon.pid)]);
  assert.deepEqual([again.code, again.stderr], [1, `no message ${id} is running (ctl running lists the ids)\n`]);
  for (const other of ['a', 'c']) await ctl(daemon, 'abort', await idOf(daemon, other));
  assert.deepEqual(await daemon.stop(), CLEAN);
});

test('abort --hard fails a looping message, and requeues its neighbours on the thread without a failure', async (t) => {
  const stage = await Stage.ready(t, {
    consumer: 'failing.mjs:Slow',
    entry: { name: 'Slow', consumer_count: 2, threads: 1, retry: { attempts: 3, delay: '100ms' } },
    config: { http: { listen: '127.0.0.1:0' } },
  });
  const { daemon, vhost } = stage;
  await vhost.publish('q', { id: 'beside', how: 'late', ms: 600_000 }, { messageId: 'beside' });
  await begun(daemon, 1);
  await vhost.publish('q', { id: 'loops', how: 'loops' }, { messageId: 'loops' });
  await begun(daemon, 2);
  const { stdout } = await runCtl(['abort', await idOf(daemon, 'loops'), '--hard', '--pid', String(daemon.pid)]);
  assert.match(stdout, /^ended thread 0 with message \d+ of Slow on "q"\n$/);
  await daemon.waitForRecords((all) => all.filter(({ event }) => event === 'end').length === 2, PATIENCE_MS);
  const attempts = (id: string): unknown[] => stage.records('begin', id).map(({ attempt }) => attempt);
  assert.deepEqual(
    [attempts('loops'), attempts('beside')],
    [
      [1, 2],
      [1, 1],
    ],
  );
  const scrape = await (await DaemonHttp.of(daemon)).scrape();
  assert.deepEqual(scrape.by('message_failures_total', 'reason'), { hard_timeout: 1 });
  await daemon.waitForLine({ msg: /worker thread 0 died: Slow was aborted by ctl/ });
  await daemon.waitForLine({ msg: /^requeued: .*another message was aborted by an operator$/ });
  assert.deepEqual(await daemon.stop(), CLEAN);
  await vhost.holds('q', 0);
});

test('recycle replaces the threads of a group one after another, also while they loop', async (t) => {
  const { daemon, vhost } = await Stage.ready(t, {
    consumer: 'failing.mjs:Slow',
    entry: { name: 'Slow', threads: 2, consumer_count: 2 },
  });
  await vhost.publish('q', { id: 'loops', how: 'loops' });
  await begun(daemon, 1);
  assert.deepEqual(await ctl(daemon, 'recycle', 'Slow'), [
    { group: 'Slow', thread: 0, state: 'replaced', reason: null },
    { group: 'Slow', thread: 1, state: 'replaced', reason: null },
  ]);
  const again = await ctlList(daemon, 'recycle');
  assert.deepEqual(again.map(({ state }) => state).filter((state) => state === 'busy').length, 1);
  await vhost.publish('q', { id: 'next' });
  await daemon.waitForRecords((all) => all.some(({ event, id }) => event === 'end' && id === 'next'), PATIENCE_MS);
  const typo = await runCtl(['recycle', 'Slwo', '--pid', String(daemon.pid)]);
  assert.deepEqual([typo.code, typo.stderr], [1, 'there is no group of threads "Slwo", did you mean "Slow"?\n']);
});
