import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fixture } from '../../support/daemon/fixture.js';
import { FAILED, PATIENCE_MS, Stage } from '../../support/daemon/stage.js';
import { byLength } from '../../support/test-length.js';

const SHUTS_DOWN = 'shutting-down.mjs:ShutsDown';

for (const shutdown of byLength({ short: ['throws', 'hangs'], full: ['throws', 'rejects', 'hangs'] })) {
  const line =
    shutdown === 'hangs' ? /^shutdown of .*:ShutsDown/ : /^shutdown of .*:ShutsDown threw: cannot shut down$/;

  test(`a shutdown() that ${shutdown} after a failure is logged, and the replacement handles the message`, async (t) => {
    const stage = await Stage.ready(t, {
      consumer: SHUTS_DOWN,
      entry: { shutdown_timeout: '500ms', options: { at: 'failure', shutdown } },
    });
    await stage.send('fail', 'next');
    await stage.done('fail', 'next');
    assert.deepEqual(stage.begins('fail'), [false, true]);
    await stage.daemon.waitForLine({ msg: line });
    assert.equal(stage.records('constructing').length, 2);
    await stage.endsWell();
  });

  test(`a shutdown() that ${shutdown} during a stop is logged, and the stop ends cleanly`, async (t) => {
    const stage = await Stage.ready(t, {
      consumer: SHUTS_DOWN,
      entry: { consumer_count: 3, shutdown_timeout: '500ms', options: { at: 'stop', shutdown } },
      args: ['--threads', '2'],
    });
    await stage.endsWell();
    assert.equal(stage.records('shutdown').length, 3);
    assert.equal(stage.daemon.lines.filter(({ msg }) => line.test(String(msg))).length, 3);
  });
}

test('an endless loop in shutdown() after a failure blocks one thread, and the stop is forced', async (t) => {
  const stage = await Stage.ready(t, {
    consumer: SHUTS_DOWN,
    entry: { consumer_count: 2, prefetch_count: 10, options: { at: 'failure', shutdown: 'loops' } },
    args: ['--threads', '2', '--shutdown-timeout', '1s'],
  });
  await stage.send('fail');
  await stage.done('fail');
  const ids = Array.from({ length: 50 }, (_, number) => `m${number}`);
  await stage.send(...ids);
  await stage.done(...ids);
  await stage.endsWell({ exit: FAILED });
});

test('a stop ends an endless loop in shutdown() at the deadline, and answered messages stay answered', async (t) => {
  const stage = await Stage.ready(t, {
    consumer: SHUTS_DOWN,
    entry: { options: { at: 'stop', shutdown: 'loops' } },
    args: ['--shutdown-timeout', '1s'],
  });
  await stage.endsWell({ exit: FAILED });
});

for (const handler of ['throwsLater', 'hangsLater', 'loopsLater', 'exitsLater']) {
  test(`a startup handler (${handler}) in a replacement thread ends the daemon with 1 and requeues messages`, async (t) => {
    const stage = await Stage.ready(t, {
      consumer: SHUTS_DOWN,
      entry: { prefetch_count: 5 },
      config: { startup_handler: `${fixture('shutting-down.mjs')}:${handler}`, startup_timeout: '1s' },
      args: ['--threads', '1', '--shutdown-timeout', '2s'],
    });
    await stage.send('before');
    await stage.done('before');
    await stage.send('exit', 'behind it');
    assert.deepEqual(await stage.daemon.exit(PATIENCE_MS), FAILED);
    assert.equal(stage.records('startup').length, 2);
    const last = stage.daemon.lines.at(-1);
    assert.equal(last?.level, 60);
    assert.match(String(last?.msg), /^the startup handler (failed|outlasted)/);
    await stage.holds('q', 2 - stage.records('done', 'behind it').length);
  });
}
