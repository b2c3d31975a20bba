import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { testVhost } from '../../support/broker/test-vhost.js';
import { makeDaemonFolder } from '../../support/daemon/daemon-folder.js';
import { fixture } from '../../support/daemon/fixture.js';
import { parseRecordLines } from '../../support/json-record.js';
import { waitFor } from '../../support/wait.js';

const DAEMON = fileURLToPath(new URL('../../../bin/amqp-dispatcher.js', import.meta.url));

test('the daemon survives when the reader of stdout and stderr goes away, whatever consumers print', async (t) => {
  const vhost = await testVhost(t);
  const folder = await makeDaemonFolder({
    config: { queues: [{ queue: 'q' }], consumers: [{ consumer: `${fixture('consumers.mjs')}:Prints`, queue: 'q' }] },
  });
  t.after(() => rm(folder.path, { recursive: true, force: true }));
  const daemon = spawn(process.execPath, [DAEMON, '--config', folder.configFile ?? ''], {
    env: { PATH: process.env.PATH, RABBITMQ_URL: vhost.url, TEST_RECORD: folder.recordFile },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  t.after(() => daemon.kill('SIGKILL'));
  const exit = once(daemon, 'exit');
  let log = '';
  daemon.stdout.on('data', (chunk: Buffer) => (log += chunk.toString()));
  await waitFor(() => log.includes('"ready"'), { what: 'the daemon to be ready' });
  daemon.stdout.destroy();
  daemon.stderr.destroy();

  for (let id = 0; id < 20; id++) await vhost.publish('q', String(id));
  const begun = (): number =>
    existsSync(folder.recordFile) ? parseRecordLines(readFileSync(folder.recordFile, 'utf8')).length : 0;
  await waitFor(() => begun() === 20, { what: 'every message to be consumed' });
  daemon.kill('SIGTERM');
  assert.deepEqual(await exit, [0, null]);
  assert.equal(await vhost.messageCount('q'), 0);
});
