import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ctl } from '../../support/daemon/ctl.js';
import { PATIENCE_MS, Stage } from '../../support/daemon/stage.js';

test('set log-level reaches the lines of a consumer, also in recycled and replaced threads', async (t) => {
  const stage = await Stage.ready(t, {
    consumer: 'leveled.mjs:Leveled',
    entry: { name: 'Leveled', consumer_count: 1 },
    args: ['--threads', '1'],
  });
  const { daemon } = stage;
  const handles = async (id: string): Promise<void> => {
    await stage.send(id);
    await daemon.waitForLine((line) => line['msg'] === 'handled' && line['id'] === id, PATIENCE_MS);
  };
  const looked = (): unknown[] =>
    daemon.lines.filter(({ msg }) => msg === 'looked at').map(({ id, level }) => [id, level]);
  await handles('before');
  assert.deepEqual(looked(), []);
  await ctl(daemon, 'set', 'Leveled', 'log-level', 'debug');
  await handles('set');
  assert.deepEqual(looked(), [['set', 20]]);
  await ctl(daemon, 'recycle');
  await handles('recycled');
  assert.deepEqual(looked().slice(1), [['recycled', 20]]);
  // Its first delivery ends the thread.
  await handles('exit');
  assert.deepEqual(looked().slice(-1), [['exit', 20]]);
  await ctl(daemon, 'set', 'Leveled', 'log-level', 'warn');
  const before = looked().length;
  await handles('quiet');
  assert.equal(looked().length, before);
});
