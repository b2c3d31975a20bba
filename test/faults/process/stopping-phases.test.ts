import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { fixture } from '../../support/daemon/fixture.js';
import { CLEAN, FAILED, PATIENCE_MS, Stage } from '../../support/daemon/stage.js';
import { byLength } from '../../support/test-length.js';
import { waitFor } from '../../support/wait.js';

/** Enough queues for rabbitmqctl to look while the daemon declares them. */
const TO_DECLARE = 20;

/** A daemon that declares many queues over a slow line, so that a stop can interrupt it. */
async function slowly(t: TestContext, queueCount: number, shutdownTimeout: string): Promise<Stage> {
  const queues = Array.from({ length: queueCount }, (_, number) => `q${number}`);
  const stage = await Stage.start(t, {
    consumer: 'working.mjs:Works',
    config: {
      queues: queues.map((queue) => ({ queue })),
      consumers: queues.map((queue) => ({ consumer: `${fixture('working.mjs')}:Works`, queue })),
    },
    args: ['--threads', '1', '--shutdown-timeout', shutdownTimeout],
    before: async (vhost) => {
      const channel = await vhost.channel();
      await channel.assertQueue('q');
      await vhost.publish('q', 'waits');
    },
  });
  stage.proxy.delay(150);
  return stage;
}

/** Waits until the broker has some of the queues and not the last. */
async function declaring(stage: Stage): Promise<void> {
  await waitFor(async () => (await stage.vhost.queueDepths()).has('q0'), {
    what: 'the first queue',
    timeoutMs: PATIENCE_MS,
    everyMs: 1,
  });
  assert.ok(!(await stage.vhost.queueDepths()).has(`q${TO_DECLARE - 1}`), 'the daemon still declares');
}

/** Waits until the broker knows the first subscription. */
async function subscribing(stage: Stage): Promise<void> {
  await waitFor(async () => (await stage.vhost.consumerCount('q')) === 1, {
    what: 'the first subscription',
    timeoutMs: PATIENCE_MS,
    everyMs: 5,
  });
}

type Phase = (typeof PHASES)[number];
const PHASES = [
  ['declaring', TO_DECLARE, declaring],
  ['subscribing', 4, subscribing],
] as const;

for (const [phase, queueCount, reached] of byLength<readonly Phase[]>({ short: PHASES.slice(0, 1), full: PHASES })) {
  test(`SIGTERM while ${phase} on a slow line ends the daemon with 0 and leaves the messages on the queue`, async (t) => {
    const stage = await slowly(t, queueCount, '60s');
    await reached(stage);
    stage.daemon.signal('SIGTERM');
    stage.proxy.delay(0);
    assert.deepEqual(await stage.daemon.exit(PATIENCE_MS), CLEAN);
    assert.ok(!stage.daemon.lines.some(({ msg }) => msg === 'ready'));
    await stage.holds('q', 1);
  });
}

for (const [phase, queueCount, reached] of byLength<readonly Phase[]>({ short: PHASES.slice(1), full: PHASES })) {
  test(`SIGTERM while ${phase} with a silent broker ends the daemon at the deadline`, async (t) => {
    const stage = await slowly(t, queueCount, '1s');
    await reached(stage);
    stage.proxy.blackhole();
    const since = performance.now();
    const exit = await stage.daemon.stop(PATIENCE_MS);
    assert.ok(performance.now() - since < 15_000);
    assert.deepEqual(exit, FAILED);
    stage.proxy.cut();
    await stage.holds('q', 1);
  });
}
