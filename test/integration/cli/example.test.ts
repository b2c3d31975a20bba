import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { testVhost } from '../../support/broker/test-vhost.js';

const run = promisify(execFile);
const EXAMPLE = fileURLToPath(new URL('../../../examples/run.js', import.meta.url));

test('the example accounts for every message and keeps its connection while a consumer computes', async (t) => {
  const vhost = await testVhost(t);
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const { stdout } = await run(process.execPath, [EXAMPLE, '--for', '5s'], {
    env: { ...env, RABBITMQ_URL: vhost.url },
  });
  assert.match(stdout, /^queue +published +consumed +acked +requeued +republished +left$/m);
  for (const queue of ['orders', 'invoices', 'emails']) assert.match(stdout, new RegExp(`^${queue} +[1-9]\\d* `, 'm'));
  assert.match(stdout, /computing 5 s without a pause/);
  assert.match(stdout, /Every message is accounted for/);
  assert.match(stdout, /opened once and never lost/);
  assert.match(stdout, /shutdown: thread \d closed its outbox of [1-9]\d* bytes/);
  assert.match(stdout, /ended with exit code 0/);
});
