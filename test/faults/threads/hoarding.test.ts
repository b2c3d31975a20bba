import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestVhost } from '../../support/broker/test-vhost.js';
import { PATIENCE_MS, Stage } from '../../support/daemon/stage.js';
import { residentMiB } from '../../support/processes/resident-memory.js';
import { byLength } from '../../support/test-length.js';
import { waitFor } from '../../support/wait.js';

/** The largest prefetch in AMQP. */
const MOST_UNANSWERED = 65_535;

async function fill(vhost: TestVhost, count: number): Promise<void> {
  const channel = await vhost.channel();
  await channel.assertQueue('q');
  const body = Buffer.from('a small body');
  for (let number = 0; number < count; number++) channel.sendToQueue('q', body);
  await channel.waitForConfirms();
}

test('a long queue with prefetch 0 is consumed in bounded memory, with bounded unanswered messages', async (t) => {
  const count = byLength({ short: 70_000, full: 200_000 });
  const stage = await Stage.ready(t, {
    consumer: 'hoarding.mjs:Counts',
    entry: { prefetch_count: 0 },
    args: ['--threads', '1'],
    before: (vhost) => fill(vhost, count),
  });

  // The consumer holds the first message until the broker has sent a full prefetch.
  let mostUnanswered = 0;
  await waitFor(
    async () => {
      const before = mostUnanswered;
      mostUnanswered = (await stage.vhost.queueDepths()).get('q')?.unacked ?? 0;
      return mostUnanswered > 1 && mostUnanswered === before;
    },
    { what: 'the broker to send a full prefetch', timeoutMs: PATIENCE_MS },
  );
  await writeFile(join(stage.daemon.folder, 'go'), '');
  let mostMib = 0;
  await stage.daemon.waitForRecords(() => {
    mostMib = Math.max(mostMib, residentMiB(stage.daemon.pid) ?? 0);
    return stage.records('done').at(-1)?.count === count;
  }, 3 * PATIENCE_MS);
  t.diagnostic(`at most ${mostUnanswered} unanswered, ${Math.round(mostMib)} MiB`);
  assert.equal(stage.records('redelivered').length, 0);
  assert.ok(mostUnanswered <= MOST_UNANSWERED, `${mostUnanswered} messages were unanswered at one time`);
  assert.ok(mostMib < 500, `the daemon had ${Math.round(mostMib)} MiB`);
  await stage.endsWell();
});
