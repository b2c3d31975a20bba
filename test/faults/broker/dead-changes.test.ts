import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { testVhost } from '../../support/broker/test-vhost.js';
import { type Daemon, startDaemon } from '../../support/daemon/daemon.js';
import { CLEAN, PATIENCE_MS } from '../../support/daemon/stage.js';
import { FaultSchedule } from '../../support/ledger/fault-schedule.js';
import { waitFor } from '../../support/wait.js';
import { untilAllAreBack } from './dead-parts.js';

const MESSAGES = 10_000;
const KILLS = 5;
/** From when all messages are taken until the last ack is sent. */
const DELETION_MS = 1_500;

for (const type of ['classic', 'quorum'] as const) {
  test(`a delete killed at five random moments removes only messages that it was asked to: ${type} queue`, async (t) => {
    const schedule = FaultSchedule.of(t);
    const vhost = await testVhost(t);
    await (await vhost.channel()).assertQueue('q.dead', { arguments: { 'x-queue-type': type } });
    const ids = Array.from({ length: MESSAGES }, (_, index) => `m-${index}`);
    await Promise.all(
      ids.map((messageId) => vhost.publish('q.dead', messageId, { messageId, headers: { kept: isKept(messageId) } })),
    );
    const args = ['dead', 'delete', '--queue', 'q.dead', '--where', 'header.kept=false', '--yes'];
    const left: number[] = [];
    for (let kill = 0; kill < KILLS; kill++) {
      const command = await startDaemon(t, { url: vhost.url, args });
      // With nothing left to delete it holds all messages for a few milliseconds only, which a look may miss.
      await waitFor(async () => command.hasExited || (await vhost.messageCount('q.dead')) === 0, {
        what: 'the command to hold every message, or to end',
        everyMs: 1,
        timeoutMs: PATIENCE_MS,
      });
      await schedule.moment(DELETION_MS);
      await killed(command);
      await untilAllAreBack(vhost, type);
      left.push(await vhost.messageCount('q.dead'));
    }
    const last = await startDaemon(t, { url: vhost.url, args });
    assert.deepEqual(await last.exit(PATIENCE_MS), CLEAN, last.stderr);
    await untilAllAreBack(vhost, type);
    const kept = ids.filter(isKept).length;
    // A quorum queue makes returned messages ready one batch after the other.
    await waitFor(async () => (await vhost.messageCount('q.dead')) >= kept, { what: `${kept} messages to be ready` });
    const copies = await vhost.copiesById('q.dead', await vhost.messageCount('q.dead'));
    assert.deepEqual([...copies.keys()].toSorted(), ids.filter(isKept).toSorted());
    assert.deepEqual(new Set(copies.values()), new Set([1]));
    t.diagnostic(`messages left by each kill: ${left.join(', ')}`);
  });

  test(`an import killed at five random moments and resumed brings each message once: ${type} queue`, async (t) => {
    const schedule = FaultSchedule.of(t);
    const vhost = await testVhost(t);
    await (await vhost.channel()).assertQueue('q.dead', { arguments: { 'x-queue-type': type } });
    const folder = await mkdtemp(join(tmpdir(), 'dead-import-'));
    t.after(() => rm(folder, { recursive: true, force: true }));
    const file = join(folder, 'dead.jsonl');
    const ids = Array.from({ length: MESSAGES }, (_, index) => `m-${index}`);
    const lines = ids.map((messageId) =>
      JSON.stringify({ body: messageId, properties: { messageId, deliveryMode: 2 }, headers: { own: 1 } }),
    );
    await writeFile(file, lines.join('\n'));
    const args = ['dead', 'import', '--queue', 'q.dead', file, '--resume'];
    for (let kill = 0; kill < KILLS; kill++) {
      const before = await vhost.messageCount('q.dead');
      const command = await startDaemon(t, { url: vhost.url, args });
      const target = before + schedule.between(1, Math.floor(MESSAGES / (2 * KILLS)));
      // It gives back what it has read before it publishes.
      await waitFor(async () => (await vhost.messageCount('q.dead')) >= target, {
        what: `${target} imported messages`,
        everyMs: 1,
        timeoutMs: PATIENCE_MS,
      });
      await killed(command);
      await untilAllAreBack(vhost, type);
    }
    const last = await startDaemon(t, { url: vhost.url, args });
    assert.deepEqual(await last.exit(PATIENCE_MS), CLEAN, last.stderr);
    await untilAllAreBack(vhost, type);
    const copies = await vhost.copiesById('q.dead', await vhost.messageCount('q.dead'));
    assert.deepEqual([...copies.keys()].toSorted(), ids.toSorted());
    assert.deepEqual(new Set(copies.values()), new Set([1]));
  });
}

function isKept(id: string): boolean {
  return Number(id.slice(2)) % 2 === 0;
}

async function killed(command: Daemon): Promise<void> {
  command.signal('SIGKILL');
  const { code, signal } = await command.exit();
  assert.ok(signal === 'SIGKILL' || code === 0, `it ended with ${signal ?? code}: ${command.stderr}`);
}
