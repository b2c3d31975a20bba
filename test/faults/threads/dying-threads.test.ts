import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { fixture } from '../../support/daemon/fixture.js';
import { PATIENCE_MS, Stage, type StageOptions } from '../../support/daemon/stage.js';
import { byLength } from '../../support/test-length.js';

/** Names of test/fixtures/dying.mjs. */
const DEATHS = [
  'process.exit(7)',
  'an uncaught exception',
  'an uncaught proxy that throws',
  'an uncaught error whose message is no text',
  'an unhandled rejection with null',
  ...byLength({
    short: [],
    full: [
      'process.exit(0)',
      'an uncaught undefined',
      'an unhandled rejection',
      'an unhandled rejection with a proxy that throws',
    ],
  }),
];
const NEIGHBOUR = `${fixture('dying.mjs')}:Neighbour`;
const NEIGHBOURS = 200;

/** Thread 0 runs the consumer that dies, thread 1 a neighbour that is busy throughout. */
async function beside(t: TestContext, options: Partial<StageOptions> = {}): Promise<Stage> {
  const stage = await Stage.ready(t, {
    consumer: 'dying.mjs:Dies',
    args: ['--threads', '2'],
    ...options,
    config: {
      queues: [{ queue: 'n' }],
      consumers: [{ consumer: NEIGHBOUR, queue: 'n', prefetch_count: 5 }],
      ...options.config,
    },
  });
  await Promise.all(Array.from({ length: NEIGHBOURS }, (_, id) => stage.vhost.publish('n', String(id))));
  return stage;
}

/** Checks that the neighbour handled each message once, on one and the same thread. */
async function neighbourNoticedNothing(stage: Stage): Promise<void> {
  await stage.daemon.waitForRecords(() => stage.records('served').length >= NEIGHBOURS, PATIENCE_MS);
  const served = stage.records('served');
  assert.deepEqual(
    served.map(({ id, count, redelivered }) => ({ id, count, redelivered })),
    served.map((_, index) => ({ id: String(index), count: index + 1, redelivered: false })),
  );
  assert.ok(stage.daemon.lines.every(({ msg }) => !String(msg).startsWith('worker thread 1 ')));
}

for (const death of DEATHS) {
  test(`${death} in a running consumer redelivers its message, and the thread is replaced`, async (t) => {
    const stage = await beside(t);
    await stage.vhost.publish('q', death, { headers: { when: 'running' } });
    await stage.done(death);
    assert.deepEqual(stage.begins(death), [false, true]);
    await stage.daemon.waitForLine({ msg: /^worker thread 0 died/ });
    await neighbourNoticedNothing(stage);
    await stage.endsWell();
    await stage.holds('n', 0);
    assert.equal(stage.records('neighbour shut down').length, 1);
  });
}

test('a full heap ends its own thread at the limit and does not affect the other thread', async (t) => {
  const stage = await beside(t, { config: { resource_limits: { max_old_generation_mb: 64 } } });
  await stage.vhost.publish('q', 'a full heap', { headers: { when: 'running' } });
  await stage.daemon.waitForRecords(() => stage.records('done', 'a full heap').length === 1, 2 * PATIENCE_MS);
  assert.deepEqual(stage.begins('a full heap'), [false, true]);
  await stage.daemon.waitForLine({ msg: /^worker thread 0 died: .*out of memory/i });
  await neighbourNoticedNothing(stage);
  await stage.endsWell();
});

for (const death of byLength({
  short: ['process.exit(7)', 'an unhandled rejection'],
  full: ['process.exit(7)', 'an uncaught exception', 'an unhandled rejection'],
})) {
  test(`${death} in an idle consumer keeps the previous answer, and the thread is replaced`, async (t) => {
    const stage = await beside(t);
    await stage.vhost.publish('q', death, { headers: { when: 'idle' } });
    await stage.daemon.waitForLine({ msg: /^worker thread 0 is ready again/ });
    await neighbourNoticedNothing(stage);
    await stage.endsWell();
    assert.deepEqual(stage.begins(death), [false]);
    await stage.holds('n', 0);
  });

  test(`${death} in a timer of the constructor, before any message: the thread is replaced`, async (t) => {
    const stage = await beside(t, {
      entry: { options: { constructorDeath: death, constructions: [1], afterMs: 300 } },
    });
    await stage.daemon.waitForLine({ msg: /^worker thread 0 is ready again/ });
    await neighbourNoticedNothing(stage);
    await stage.endsWell();
    assert.equal(stage.records('constructing').length, 2);
  });
}

test('process.exit in the constructor of a replacement instance: the thread is replaced, the message done', async (t) => {
  const stage = await beside(t, {
    entry: { options: { constructorDeath: 'process.exit(7)', constructions: [2] } },
  });
  await stage.send('fail');
  await stage.done('fail');
  await neighbourNoticedNothing(stage);
  await stage.endsWell();
  assert.equal(stage.records('constructing').length, 3);
  assert.equal(stage.daemon.lines.filter(({ msg }) => String(msg).startsWith('worker thread 0 died')).length, 1);
});

test('a thread whose replacements die in the constructor is replaced with growing waits', async (t) => {
  const stage = await beside(t, {
    entry: { options: { constructorDeath: 'process.exit(7)', constructions: [2, 3, 4, 5] } },
  });
  await stage.vhost.publish('q', 'an uncaught exception', { headers: { when: 'running' } });
  await stage.done('an uncaught exception');
  await neighbourNoticedNothing(stage);
  await stage.endsWell();
  assert.equal(stage.records('constructing').length, 6);
  const starts = stage.daemon.lines.filter(({ msg }) => String(msg).startsWith('restarting worker thread 0 in'));
  assert.equal(starts.length, 4);
  // Full jitter: each wait is random below its limit, which doubles.
  for (const [index, waitMs] of starts.map((line) => Number(line.waitMs)).entries()) {
    assert.ok(waitMs <= 100 * 2 ** index, `wait ${index} was ${waitMs} ms`);
  }
});

for (const shutdownDeath of ['process.exit(7)', 'an unhandled rejection']) {
  test(`${shutdownDeath} in shutdown() after a failure: the thread is replaced, and the message done`, async (t) => {
    const stage = await beside(t, { entry: { options: { shutdownDeath, shutdownOf: 'failure' } } });
    await stage.send('fail');
    await stage.done('fail');
    assert.deepEqual(stage.begins('fail'), [false, true]);
    await neighbourNoticedNothing(stage);
    await stage.endsWell();
  });
}

test('process.exit in shutdown() during a stop: the stop goes on, and the other thread is shut down', async (t) => {
  const stage = await beside(t, {
    entry: { options: { shutdownDeath: 'process.exit(7)', shutdownOf: 'stop' } },
  });
  await neighbourNoticedNothing(stage);
  await stage.endsWell();
  await stage.holds('n', 0);
  assert.equal(stage.records('neighbour shut down').length, 1);
});
