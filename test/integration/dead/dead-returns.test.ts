import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { QUORUM_DEAD_QUEUE } from '../../../src/failures/index.js';
import { testVhost } from '../../support/broker/test-vhost.js';
import { startDaemon } from '../../support/daemon/daemon.js';
import { CLEAN } from '../../support/daemon/stage.js';
import { waitFor } from '../../support/wait.js';

/** The output of `dead list` for a quorum queue whose message was returned more often than RabbitMQ's default limit. */
async function listReturned(t: TestContext, args: object): Promise<{ stdout: string; stderr: string }> {
  const vhost = await testVhost(t);
  const channel = await vhost.channel();
  await channel.assertQueue('q.dead', { arguments: { 'x-queue-type': 'quorum', ...args } });
  await vhost.publish('q.dead', 'body', { messageId: 'often' });
  for (let times = 0; times < 12; times++) {
    const message = await waitFor(() => channel.get('q.dead'), { what: 'the message to be back' });
    channel.reject(message, true);
  }
  const command = await startDaemon(t, { url: vhost.url, args: ['dead', 'list', 'q'] });
  assert.deepEqual(await command.exit(60_000), CLEAN);
  return command;
}

test('a quorum queue that drops often-returned messages causes a warning', async (t) => {
  const { stderr } = await listReturned(t, { 'x-delivery-limit': 30 });
  assert.match(stderr, /^warning: messages of "q\.dead" have come back 1[2-9] times/);
});

test('a quorum queue that the daemon declared to drop nothing causes no warning', async (t) => {
  const { stdout, stderr } = await listReturned(t, QUORUM_DEAD_QUEUE);
  assert.match(stdout, /often/);
  assert.equal(stderr, '');
});
