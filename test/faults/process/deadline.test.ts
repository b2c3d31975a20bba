import { test } from 'node:test';
import { fixture } from '../../support/daemon/fixture.js';
import { FAILED, Stage } from '../../support/daemon/stage.js';

test('the shutdown timeout holds during garbage collections', async (t) => {
  const stage = await Stage.ready(t, {
    consumer: 'answering.mjs:Answers',
    args: ['--shutdown-timeout', '1s'],
    env: { NODE_OPTIONS: `--import ${fixture('collects-garbage.mjs')}` },
  });
  await stage.send('never');
  await stage.daemon.waitForRecords(() => stage.begins('never').length === 1);
  await stage.stops({ exit: FAILED, left: 1 });
});
