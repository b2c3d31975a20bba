import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testVhost } from '../../support/broker/test-vhost.js';
import { startDaemon } from '../../support/daemon/daemon.js';
import { CLEAN, PATIENCE_MS } from '../../support/daemon/stage.js';
import { FaultSchedule } from '../../support/ledger/fault-schedule.js';
import { waitFor } from '../../support/wait.js';
import { untilAllAreBack } from './dead-parts.js';

const MESSAGES = 10_000;
const KILLS = 5;
/**
 * Copies of one kill, as docs/dead-letters.md says: the 256 messages in flight; of a quorum queue also those whose ack the
 * broker's channel keeps back while 32 of its commands are not on disk, and loses with the connection. RabbitMQ sets no
 * limit to those (five kills left 1284 copies in CI). Here both queues share a disk, which writes the commands with the next copies:
 * a second window of 256.
 */
const MOST_TWICE = { classic: 256, quorum: 512 } as const;
const HEADERS = { 'x-amqp-dispatcher-queue': 'q', 'x-amqp-dispatcher-reason': 'exhausted' };

for (const type of ['classic', 'quorum'] as const) {
  test(`a replay that is killed at five random moments loses no message: ${type} queue`, async (t) => {
    const schedule = FaultSchedule.of(t);
    const vhost = await testVhost(t);
    const channel = await vhost.channel();
    for (const queue of ['q', 'q.dead']) await channel.assertQueue(queue, { arguments: { 'x-queue-type': type } });
    const ids = Array.from({ length: MESSAGES }, (_, index) => `m-${index}`);
    await Promise.all(ids.map((messageId) => vhost.publish('q.dead', messageId, { messageId, headers: HEADERS })));
    const replay = { url: vhost.url, args: ['dead', 'replay', 'q'] };
    const twiceAfter: number[] = [];
    for (let kill = 0; kill < KILLS; kill++) {
      const before = await vhost.messageCount('q');
      const command = await startDaemon(t, replay);
      // Counted in messages, because a random time would mostly fall into the start of the process.
      const target = before + schedule.between(1, Math.floor(MESSAGES / (2 * KILLS)));
      const what = `${target} replayed messages`;
      await waitFor(async () => (await vhost.messageCount('q')) >= target, {
        what,
        everyMs: 1,
        timeoutMs: PATIENCE_MS,
      });
      command.signal('SIGKILL');
      assert.deepEqual(await command.exit(), { code: null, signal: 'SIGKILL' }, 'it was killed while it ran');
      await untilAllAreBack(vhost, type);
      twiceAfter.push((await vhost.messageCount('q')) + (await vhost.messageCount('q.dead')) - MESSAGES);
    }
    const left = await vhost.messageCount('q.dead');
    assert.ok(left > 0, 'there was something left to replay after the last kill');
    const last = await startDaemon(t, replay);
    assert.deepEqual(await last.exit(PATIENCE_MS), CLEAN, last.stderr);
    assert.equal(await vhost.messageCount('q.dead'), 0);
    const copies = await vhost.copiesById('q', await vhost.messageCount('q'));
    assert.deepEqual(new Set(copies.keys()), new Set(ids));
    const twice = [...copies.values()].reduce((sum, count) => sum + count - 1, 0);
    const byKill = twiceAfter.map((now, kill) => now - (twiceAfter[kill - 1] ?? 0));
    assert.ok(Math.max(...byKill) <= MOST_TWICE[type], `there twice by each kill: ${byKill.join(', ')}`);
    assert.ok(twice <= MOST_TWICE[type] * KILLS, `${twice} are there twice`);
    t.diagnostic(
      `${left} of ${MESSAGES} were left to the last run; ${twice} are there twice (by each kill: ${byKill.join(', ')})`,
    );
  });
}
