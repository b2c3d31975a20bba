import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testVhost } from '../../support/broker/test-vhost.js';
import { CLEAN } from '../../support/daemon/stage.js';
import { startAtTerminal } from '../../support/daemon/terminal.js';
import { waitFor } from '../../support/wait.js';

const MESSAGES = 500;
/** Stops the log that all quorum queues of the broker share, as a slow disk does. */
const STALL_DISK = 'sys:suspend(ra_log_wal).';
const RESUME_DISK = 'sys:resume(ra_log_wal).';
/** How much waits for the log. */
const WAITING = 'element(2, process_info(whereis(ra_log_wal), message_queue_len)).';

test('a delete from a quorum queue on a slow disk ends when the broker has removed every message', async (t) => {
  const vhost = await testVhost(t);
  await (await vhost.channel()).assertQueue('q.dead', { arguments: { 'x-queue-type': 'quorum' } });
  const ids = Array.from({ length: MESSAGES }, (_, index) => `m-${index}`);
  await Promise.all(ids.map((messageId) => vhost.publish('q.dead', messageId, { messageId })));
  const args = ['dead', 'delete', 'q', '--limit', String(MESSAGES)];
  const terminal = await startAtTerminal(t, { url: vhost.url, args });
  await terminal.shows(/Type the queue's name, q\.dead, to delete 500 of 500 messages permanently: /);
  await vhost.broker.ctl('eval', STALL_DISK);
  t.after(() => vhost.broker.ctl('eval', RESUME_DISK));
  terminal.type('q.dead\r');
  await waitFor(async () => Number(await vhost.broker.ctl('eval', WAITING)) > 0, {
    what: 'the acks to wait for the disk',
  });
  assert.doesNotMatch(terminal.screen, /deleted/);
  await vhost.broker.ctl('eval', RESUME_DISK);
  assert.deepEqual(await terminal.exit(), CLEAN, terminal.screen);
  assert.match(terminal.screen, /deleted 500 of 500 messages/);
  // Messages whose removal was lost come back with the end of the channel.
  await waitFor(async () => (await vhost.connections()).length === 0, { what: 'the connection to be gone' });
  await vhost.holds('q.dead', 0);
  assert.equal(await vhost.messageCount('q.dead'), 0);
});
