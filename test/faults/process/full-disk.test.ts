import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Stage } from '../../support/daemon/stage.js';

/** On Linux every write to it fails with ENOSPC. */
const FULL = '/dev/full';
const MESSAGES = ['fail', 'exit', ...Array.from({ length: 100 }, (_, number) => `m${number}`)];

async function worksOn(stage: Stage): Promise<void> {
  await stage.send(...MESSAGES);
  await stage.done(...MESSAGES);
  assert.deepEqual(stage.begins('fail'), [false, true]);
  assert.deepEqual(stage.begins('exit'), [false, true]);
  // A lost connection writes a log line, too.
  stage.proxy.cut();
  await stage.endsWell();
}

test('with stdout and stderr on a full disk, the daemon goes on without its log and stops with 0', async (t) => {
  const stage = await Stage.start(t, {
    consumer: 'logging.mjs:Logs',
    entry: { prefetch_count: 10 },
    shell: `exec "$@" > ${FULL} 2>&1`,
    before: async (vhost) => void (await (await vhost.channel()).assertQueue('q')),
  });
  await worksOn(stage);
});

test('with its log file on a full disk, the daemon goes on without its log and stops with 0', async (t) => {
  const stage = await Stage.start(t, {
    consumer: 'logging.mjs:Logs',
    entry: { prefetch_count: 10 },
    files: {
      'logging.json': JSON.stringify({ transport: { target: 'pino/file', options: { destination: FULL } } }),
    },
    env: { LOGGING_FILE_CONFIG: 'logging.json' },
    before: async (vhost) => void (await (await vhost.channel()).assertQueue('q')),
  });
  await worksOn(stage);
});
