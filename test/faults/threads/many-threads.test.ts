import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PATIENCE_MS, Stage } from '../../support/daemon/stage.js';

const THREADS = 64;

test('64 threads all receive messages, and the stop shuts down each of them', async (t) => {
  const stage = await Stage.start(t, {
    consumer: 'working.mjs:Works',
    entry: { consumer_count: THREADS, options: { ms: 50 } },
    args: ['--threads', String(THREADS), '--shutdown-timeout', '60s'],
  });
  await stage.daemon.ready(PATIENCE_MS);
  const ids = Array.from({ length: 20 * THREADS }, (_, number) => `m${number}`);
  await stage.send(...ids);
  await stage.done(...ids);
  await stage.endsWell();
  assert.equal(new Set(stage.records('begin').map(({ thread }) => thread)).size, THREADS);
  assert.equal(new Set(stage.records('shutdown').map(({ thread }) => thread)).size, THREADS);
  assert.equal(stage.daemon.stderr, '');
});
