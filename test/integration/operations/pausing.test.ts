import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { testVhost } from '../../support/broker/test-vhost.js';
import { askControl, ctl, entriesOf, runCtl } from '../../support/daemon/ctl.js';
import { startDaemon } from '../../support/daemon/daemon.js';
import { DaemonHttp } from '../../support/daemon/scrape.js';
import { CLEAN, PATIENCE_MS, Stage } from '../../support/daemon/stage.js';
import { Ledger } from '../../support/ledger/ledger.js';
import { byLength } from '../../support/test-length.js';
import { waitFor } from '../../support/wait.js';

const HTTP = { http: { listen: '127.0.0.1:0' } };

for (const type of ['classic', 'quorum'] as const) {
  test(`pauses and resumes under load handle every message of a ${type} queue once`, async (t) => {
    const vhost = await testVhost(t);
    const ledger = await Ledger.open(t, { urls: [vhost.url], queueKeys: { x_queue_type: type } });
    const { args, ...options } = ledger.daemon;
    const socket = join(tmpdir(), `pausing-${process.pid}-${type}.sock`);
    const daemon = await startDaemon(t, { ...options, url: vhost.url, args: [...args, '--control-socket', socket] });
    await daemon.ready(PATIENCE_MS);
    ledger.publish();
    for (let round = 0; round < byLength({ short: 10, full: 100 }); round++) {
      await ledger.flows();
      await ledger.schedule.moment(100);
      await askControl(socket, 'quiet');
      // Both at once, and with messages that wait.
      if (round % 3 > 0) await sleep(round % 3 === 1 ? 1 : 50);
      if (round % 2 === 0) await askControl(socket, 'resume', { all: true });
      else for (const entry of ledger.queues) await askControl(socket, 'resume', { entry });
    }
    const { duplicates } = await ledger.balance(daemon);
    assert.equal(duplicates, 0);
  });
}

test('a paused entry ends what runs, gives the rest back, stays ready, and stops cleanly', async (t) => {
  const { daemon, vhost } = await Stage.ready(t, {
    consumer: 'failing.mjs:Slow',
    entry: { name: 'Slow', prefetch_count: 5 },
    config: HTTP,
  });
  const http = await DaemonHttp.of(daemon);
  await vhost.publish('q', { id: 'runs', how: 'waits', ms: 10_000 });
  for (const id of ['a', 'b', 'c']) await vhost.publish('q', { id });
  await daemon.waitForRecords((records) => records.some(({ event }) => event === 'begin'), PATIENCE_MS);
  await waitFor(async () => (await entriesOf(daemon))[0]?.['waiting'] === 3, {
    timeoutMs: PATIENCE_MS,
    what: '3 waiting',
  });
  assert.deepEqual(await ctl(daemon, 'pause', 'Slow'), {
    queue: 'q',
    name: 'Slow',
    state: 'paused',
    changed: true,
    reason: null,
  });
  const again = await runCtl(['pause', 'q/Slow', '--pid', String(daemon.pid)]);
  assert.equal(again.stdout, 'Slow on "q" was already paused\n', again.stderr);
  const scrape = await http.scrape();
  assert.deepEqual([scrape.value('paused'), scrape.value('subscribed'), await http.status('/readyz')], [1, 0, 200]);
  await daemon.waitForRecords((records) => records.some(({ event }) => event === 'end'), PATIENCE_MS);
  await vhost.holds('q', 3);
  const line = await daemon.waitForLine({ msg: /^operator action: pause Slow by ctl \(.*process \d+\)$/ });
  assert.deepEqual([line.action, line.queue, line.consumer], ['pause Slow', 'q', 'Slow']);
  assert.deepEqual(await daemon.stop(), CLEAN);
  assert.deepEqual(
    daemon
      .records()
      .filter(({ event }) => event === 'begin')
      .map(({ id }) => id),
    ['runs'],
  );
  await vhost.holds('q', 3);
});

test('an entry stays paused over a lost connection, and resumes with all its messages', async (t) => {
  const { daemon, vhost, proxy } = await Stage.ready(t, {
    consumer: 'failing.mjs:Slow',
    entry: { name: 'Slow' },
    config: HTTP,
  });
  const http = await DaemonHttp.of(daemon);
  await ctl(daemon, 'quiet');
  for (const id of ['a', 'b']) await vhost.publish('q', { id });
  proxy.cut();
  await daemon.waitForLine({ msg: /^consuming again$/ }, PATIENCE_MS);
  assert.deepEqual([(await http.scrape()).value('paused'), await http.status('/readyz')], [1, 200]);
  assert.deepEqual(daemon.records(), []);
  await vhost.holds('q', 2);
  const typo = await runCtl(['resume', 'Slwo', '--pid', String(daemon.pid)]);
  assert.deepEqual([typo.code, typo.stderr], [1, 'there is no entry "Slwo", did you mean "Slow"?\n']);
  await ctl(daemon, 'resume', '--all');
  const records = await daemon.waitForRecords(
    (all) => all.filter(({ event }) => event === 'end').length === 2,
    PATIENCE_MS,
  );
  assert.equal(records.filter(({ event }) => event === 'begin').length, 2);
  assert.equal((await http.scrape()).value('paused'), 0);
});

test('an entry whose pause would lose messages cannot be paused', async (t) => {
  const { daemon, vhost } = await Stage.ready(t, {
    consumer: 'failing.mjs:Slow',
    entry: { name: 'Slow' },
    queue: { auto_delete: true },
  });
  const { code, stderr } = await runCtl(['pause', 'Slow', '--pid', String(daemon.pid)]);
  assert.equal(code, 1);
  assert.equal(stderr, 'the broker would delete the queue "q" of Slow with its last consumer: it is auto_delete\n');
  assert.match(
    (await runCtl(['quiet', '--pid', String(daemon.pid)])).stdout,
    /^Slow on "q" not changed: the broker would delete/,
  );
  await vhost.publish('q', { id: 'a' });
  await daemon.waitForRecords((records) => records.some(({ event }) => event === 'end'), PATIENCE_MS);
});
