import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { type TestVhost, testVhost } from '../../support/broker/test-vhost.js';
import { type Daemon, startDaemon } from '../../support/daemon/daemon.js';
import { fixture } from '../../support/daemon/fixture.js';
import { byLength } from '../../support/test-length.js';
import { waitFor } from '../../support/wait.js';

const consumer = `${fixture('returning.mjs')}:Returning`;
/** More returns than the queue allows; at full length the default limit of RabbitMQ 4. */
const { returns, limit } = byLength<{ returns: number; limit: number | undefined }>({
  short: { returns: 8, limit: 5 },
  full: { returns: 25, limit: undefined },
});
const MESSAGES = 20;
/** Some run, some wait in the daemon, and the others on the broker. */
const PREFETCH = 10;

async function start(t: TestContext, vhost: TestVhost, { type, how }: { type: string; how: string }): Promise<Daemon> {
  const args = type === 'quorum' && limit !== undefined ? { 'x-delivery-limit': limit } : {};
  const daemon = await startDaemon(t, {
    url: vhost.url,
    config: {
      connection: { reconnect_delay: '20ms' },
      queues: [{ queue: 'q', x_queue_type: type, arguments: args }],
      consumers: [{ consumer, queue: 'q', consumer_count: 2, prefetch_count: PREFETCH, options: { how } }],
    },
    args: ['--threads', '1', '--shutdown-timeout', '50ms'],
  });
  await daemon.ready();
  return daemon;
}

function begins(daemon: Daemon): string[] {
  return daemon.records().flatMap(({ event, id }) => (event === 'begin' ? [String(id)] : []));
}

async function publishAll(vhost: TestVhost): Promise<string[]> {
  const ids = Array.from({ length: MESSAGES }, (_, id) => String(id));
  for (const id of ids) await vhost.publish('q', id);
  return ids;
}

/** Checks that every message is still in its queue, and that none is in QUEUE.dead. */
async function assertAllThere(t: TestContext, vhost: TestVhost, { type, ids }: { type: string; ids: string[] }) {
  const daemon = await start(t, vhost, { type, how: 'ack' });
  const isDone = async (): Promise<boolean> =>
    (await vhost.messageCount('q')) === 0 && begins(daemon).length >= MESSAGES;
  await waitFor(isDone, { timeoutMs: 30_000, what: 'every message to be consumed' });
  assert.deepEqual(new Set(begins(daemon)), new Set(ids));
  await assert.rejects(vhost.messageCount('q.dead'), /NOT_FOUND/);
  await daemon.stop();
}

for (const type of ['classic', 'quorum']) {
  test(`messages survive more lost connections than the queue's delivery limit: ${type} queue`, async (t) => {
    const vhost = await testVhost(t);
    const daemon = await start(t, vhost, { type, how: 'hang' });
    const ids = await publishAll(vhost);
    for (let lost = 0; lost < returns; lost++) {
      const begun = begins(daemon).length;
      await daemon.waitForRecords(
        () => begins(daemon).length >= begun && begins(daemon).length >= 2 * (lost + 1),
        30_000,
      );
      await vhost.closeConnections();
    }
    await daemon.stop();
    await assertAllThere(t, vhost, { type, ids });
    assertRenewed(daemon.lines, type);
  });

  test(`messages survive more stops of the daemon than the queue's delivery limit: ${type} queue`, async (t) => {
    const vhost = await testVhost(t);
    const ids = await publishAll(await declared(t, vhost, type));
    for (let stops = 0; stops < returns; stops++) {
      const daemon = await start(t, vhost, { type, how: 'hang' });
      await daemon.waitForRecords(() => begins(daemon).length >= 2, 30_000);
      await daemon.stop();
    }
    await assertAllThere(t, vhost, { type, ids });
  });
}

async function declared(t: TestContext, vhost: TestVhost, type: string): Promise<TestVhost> {
  await (await start(t, vhost, { type, how: 'hang' })).stop();
  return vhost;
}

/** With a limit, each message near it has a log line. */
function assertRenewed(lines: readonly { readonly [name: string]: unknown }[], type: string): void {
  const renewed = lines.filter(({ msg }) => /^replaced by a copy: returned \d+ times/.test(String(msg)));
  if (type === 'classic') assert.equal(renewed.length, 0);
  else if (limit !== undefined) assert.ok(renewed.length > 0, 'no message came near its limit');
}
