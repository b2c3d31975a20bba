import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fixture } from '../../support/daemon/fixture.js';
import { PATIENCE_MS, Stage } from '../../support/daemon/stage.js';

async function hoarding(t: TestContext): Promise<Stage> {
  const stage = await Stage.ready(t, {
    consumer: 'descriptors.mjs:Hoards',
    entry: { prefetch_count: 5 },
    config: {
      queues: [{ queue: 'exits' }],
      consumers: [{ consumer: `${fixture('descriptors.mjs')}:Exits`, queue: 'exits' }],
    },
    args: ['--threads', '2'],
    // Enough for Node.js, which opens all modules at once when it starts.
    shell: 'ulimit -n 512; exec "$@"',
  });
  await stage.send('hoard', 'behind it');
  await stage.daemon.waitForLine({ msg: /^no descriptor is left: EMFILE/ }, PATIENCE_MS);
  return stage;
}

async function release(stage: Stage): Promise<void> {
  await writeFile(join(stage.daemon.folder, 'go'), '');
}

test('without a file descriptor for a connection, the daemon retries until one is free and loses nothing', async (t) => {
  const stage = await hoarding(t);
  // Refused for a while, so that the fixture takes the old connection's descriptor before the next attempt.
  stage.proxy.refuse();
  stage.proxy.cut();
  await stage.daemon.waitForLine({ msg: /^reconnecting in/ }, PATIENCE_MS);
  stage.proxy.accept();
  await stage.daemon.waitForLine({ msg: /^cannot connect to .*EMFILE/ }, PATIENCE_MS);
  await release(stage);
  await stage.done('hoard', 'behind it');
  await stage.endsWell();
});

test('without a file descriptor for a thread, the dead thread is replaced once one is free', async (t) => {
  const stage = await hoarding(t);
  await stage.vhost.publish('exits', 'exit');
  await stage.daemon.waitForLine({ msg: /^worker thread 1 died/ }, PATIENCE_MS);
  await stage.daemon.waitForLine({ msg: /^cannot start worker thread 1/ }, PATIENCE_MS);
  await release(stage);
  await stage.daemon.waitForLine({ msg: /^worker thread 1 is ready again/ }, 2 * PATIENCE_MS);
  await stage.daemon.waitForRecords(() => stage.records('survived').length === 1, PATIENCE_MS);
  await stage.done('hoard', 'behind it');
  await stage.endsWell();
  await stage.holds('exits', 0);
});
