import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fixture } from '../../support/daemon/fixture.js';
import { PATIENCE_MS, Stage } from '../../support/daemon/stage.js';
import { byLength } from '../../support/test-length.js';

const DAY_MS = 24 * 60 * 60 * 1_000;
const HEARTBEAT_S = 2;

test('a wall clock that jumps a day ahead and two back, loaded or idle, loses no connection or message', async (t) => {
  const stage = await Stage.ready(t, {
    consumer: 'working.mjs:Works',
    entry: { consumer_count: 4, prefetch_count: 50 },
    args: ['--threads', '2'],
    env: { NODE_OPTIONS: `--import ${fixture('jumping-clock.mjs')}`, RABBITMQ_HEARTBEAT: String(HEARTBEAT_S) },
  });
  const rounds = byLength({ short: 1, full: 5 });
  const ids: string[] = [];
  for (let round = 0; round < rounds; round++) {
    for (const jump of [DAY_MS, -DAY_MS]) {
      const load = Array.from({ length: 400 }, (_, number) => `${round} ${jump} ${number}`);
      ids.push(...load);
      await stage.send(...load);
      await stage.daemon.waitForRecords(() => stage.records('begin').length > ids.length - 300, PATIENCE_MS);
      await writeFile(join(stage.daemon.folder, 'clock'), String(jump));
      await stage.done(...load);
    }
    // An idle connection depends on heartbeats: two missed ones would close it.
    const restedSince = performance.now();
    await stage.daemon.waitForRecords(() => performance.now() - restedSince > 3 * HEARTBEAT_S * 1_000);
  }
  await stage.endsWell();
  const begun = stage.records('begin').filter(({ id }) => id !== 'normal');
  assert.equal(begun.length, ids.length);
  assert.ok(begun.every(({ redelivered }) => redelivered === false));
  const times = stage.records('done').map(({ at }) => Number(at));
  assert.ok(Math.max(...times) - Math.min(...times) > 1.9 * DAY_MS, 'the clock of the consumers jumped');
  assert.deepEqual(
    stage.daemon.lines.filter(({ msg }) => /connection lost|reconnecting in/.test(String(msg))),
    [],
  );
  assert.ok(stage.daemon.lines.some(({ time }) => Math.abs(Number(time) - Date.now()) > DAY_MS / 2));
});
