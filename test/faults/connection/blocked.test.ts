import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { testVhost } from '../../support/broker/test-vhost.js';
import { startDaemon } from '../../support/daemon/daemon.js';
import { fixture } from '../../support/daemon/fixture.js';
import type { JsonRecord } from '../../support/json-record.js';
import { Ledger } from '../../support/ledger/ledger.js';
import { residentMiB } from '../../support/processes/resident-memory.js';
import { byLength } from '../../support/test-length.js';
import { waitFor } from '../../support/wait.js';

const MEMORY_BOUND_MIB = 150;
const BACKLOG = 1_200;
const BODY_BYTES = 48 * 1024;

test('a memory alarm holds back publishes but not acks, in bounded memory, and all publishes arrive later', async (t) => {
  const vhost = await testVhost(t);
  const alarm = (limit: string[]): Promise<string> => vhost.broker.ctl('set_vm_memory_high_watermark', ...limit);
  t.after(() => alarm(['0.4']));
  const ledger = await Ledger.open(t, { urls: [vhost.url], messagesPerSecond: 4_000, workMs: 40, gate: 'work' });
  // More than the memory bound, so the test fails if the main thread holds all of it.
  const count = byLength({ short: 2_000, full: 5_000 });
  const flood = { count, bytes: BODY_BYTES, routingKey: 'sink' };
  const more = {
    queues: [{ queue: 'flood' }, { queue: 'sink' }],
    consumers: [{ consumer: `${fixture('floods.mjs')}:Floods`, queue: 'flood', consumer_count: 2, options: flood }],
  };
  const daemon = await startDaemon(t, { url: vhost.url, ...ledger.daemonWith(more) });
  await daemon.ready();
  ledger.publish();
  await ledger.backlog(BACKLOG);
  await ledger.stopLoad();
  for (const id of ['a', 'b']) await vhost.publish('flood', id);
  await daemon.waitForRecords((records) => both(records, 'at the gate'));
  await alarm(['absolute', '1']);
  const alarms = (): Promise<string> => vhost.broker.ctl('eval', 'rabbit_alarm:get_alarms().');
  await waitFor(async () => (await alarms()).includes('memory'), { what: 'the alarm to be raised' });
  const before = residentMiB(daemon.pid);
  await writeFile(join(daemon.folder, 'flood'), '');
  await daemon.waitForRecords((records) => both(records, 'flooding'));
  await daemon.waitForLine({ msg: /^the broker blocks publishing/ });
  await writeFile(join(daemon.folder, 'work'), '');
  let peak = 0;
  const watch = (): boolean => {
    peak = Math.max(peak, residentMiB(daemon.pid) ?? 0);
    return ledger.begun >= BACKLOG * 0.8;
  };
  await waitFor(watch, { timeoutMs: 60_000, what: () => `acks to go on: ${ledger.begun} messages have begun` });
  assert.ok(!daemon.records().some(({ event }) => event === 'confirmed'), 'publishes wait');
  if (before !== undefined) assert.ok(peak < before + MEMORY_BOUND_MIB, `${before} MiB have become ${peak} MiB`);

  await alarm(['0.4']);
  await daemon.waitForLine({ msg: /^the broker accepts publishes again/ });
  await daemon.waitForRecords((records) => both(records, 'flooded'), 120_000);
  await waitFor(async () => (await vhost.messageCount('sink')) === 2 * count + 2, { what: 'every publish to arrive' });
  const { duplicates } = await ledger.balance(daemon);
  assert.equal(duplicates, 0);
});

function both(records: readonly JsonRecord[], what: string): boolean {
  return records.filter(({ event }) => event === what).length === 2;
}
