import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PATIENCE_MS, Stage } from '../../support/daemon/stage.js';

/** The names of test/fixtures/throwing.mjs. */
const THROWABLES = [
  'an Error',
  'a string',
  'undefined',
  'null',
  'a number',
  'a bigint',
  'a symbol',
  'a proxy that throws',
  'an error behind a proxy that throws',
  'a revoked proxy',
  'an object with a getter that throws',
  'an error whose message throws',
  'an error whose stack throws',
  'an error whose name throws',
  'an error whose code throws',
  'an error with a field that throws',
  'an error whose message is no string',
  'a frozen error',
  'an error that causes itself',
  'an object without a prototype',
  'an object whose toString throws',
  'an object whose toJSON throws',
  'a function',
  'a WeakMap',
  'an object that holds a port',
  'an error that holds a port',
  'a rejected promise',
  'a very long message',
];

for (const [way, shutdownThrows] of [
  ['throws', false],
  ['rejects', false],
  ['throws', true],
] as const) {
  const title = `after a consumer ${way === 'throws' ? 'throws' : 'rejects with'} any value${shutdownThrows ? ', as does shutdown(),' : ''}`;
  test(`${title} the message comes again, the instance is replaced and the thread lives`, async (t) => {
    const stage = await Stage.ready(t, {
      consumer: 'throwing.mjs:Throws',
      entry: { prefetch_count: 5, options: { way, shutdownThrows } },
    });
    await stage.send(...THROWABLES);
    await stage.done(...THROWABLES);
    for (const name of THROWABLES) assert.deepEqual(stage.begins(name), [false, true], name);
    await stage.endsWell();
    const lines = stage.daemon.lines.map(({ msg }) => String(msg));
    assert.deepEqual(
      lines.filter((msg) => msg.includes('died')),
      [],
    );
    assert.equal(lines.filter((msg) => msg.startsWith('consume failed: ')).length, THROWABLES.length);
    const told = stage.records('shutdown').map(({ isError }) => isError);
    // A value that is not an Error is wrapped as the cause of one; the last shutdown is the stop.
    assert.equal(told.filter((isError) => isError === true || isError === 'hostile').length, THROWABLES.length);
    assert.deepEqual(told.at(-1), null);
    assert.equal(
      lines.filter((msg) => /^shutdown of .* threw: /.test(msg)).length,
      shutdownThrows ? THROWABLES.length : 0,
    );
  });
}

test('an answer counts whatever the consumer throws after it, and the thread lives', async (t) => {
  const stage = await Stage.ready(t, {
    consumer: 'throwing.mjs:Throws',
    entry: { prefetch_count: 5, options: { way: 'after answer' } },
  });
  await stage.send(...THROWABLES);
  await stage.done(...THROWABLES);
  await stage.endsWell();
  for (const name of THROWABLES) assert.deepEqual(stage.begins(name), [false], name);
  assert.ok(!stage.daemon.lines.some(({ msg }) => String(msg).includes('died')));
});

test('a constructor that throws anything is retried with growing waits, and other consumers go on', async (t) => {
  const perInstance = 4;
  const throws = Array.from({ length: THROWABLES.length / perInstance }, (_, instance) =>
    THROWABLES.slice(instance * perInstance, (instance + 1) * perInstance),
  );
  const stage = await Stage.ready(t, {
    consumer: 'throwing.mjs:IsMadeAtLast',
    entry: { consumer_count: throws.length + 1, options: { throws } },
    args: ['--threads', '1'],
  });
  // The last instance throws nothing.
  await stage.send('meanwhile');
  await stage.done('meanwhile');
  assert.deepEqual(
    stage.records('begin').map(({ instance }) => instance),
    [throws.length],
  );
  const made = (instance: number): number[] =>
    stage
      .records('constructing')
      .filter((record) => record.instance === instance)
      .map(({ at }) => Number(at));
  await stage.daemon.waitForRecords(
    () => throws.every((_, instance) => made(instance).length === perInstance + 1),
    PATIENCE_MS,
  );
  await stage.endsWell();
  for (const instance of throws.keys()) {
    const times = made(instance);
    const waits = times.slice(1).map((at, index) => at - (times[index] ?? 0));
    // Timers fire late on a busy machine, never early, so each wait is at least the previous one.
    waits.forEach((wait, index) => assert.ok(wait >= 95 * 2 ** index, `wait ${index + 1} was ${wait} ms`));
    const retries = stage.daemon.lines.filter((line) => line.instance === instance && line.waitMs !== undefined);
    assert.deepEqual(
      retries.map(({ waitMs }) => waitMs),
      [200, 400, 800],
    );
  }
});

test('a failed instance that cannot be replaced yet keeps its messages waiting until it can', async (t) => {
  const stage = await Stage.ready(t, {
    consumer: 'throwing.mjs:IsMadeAgainAtLast',
    entry: { prefetch_count: 10, options: { failures: 4 } },
  });
  const ids = Array.from({ length: 20 }, (_, number) => `m${number}`);
  await stage.send('fail', ...ids);
  await stage.done('fail', ...ids);
  assert.equal(stage.records('constructing').length, 6);
  const waits = stage.daemon.lines.flatMap(({ instance, waitMs }) =>
    instance === undefined || waitMs === undefined ? [] : [waitMs],
  );
  assert.deepEqual(waits, [100, 200, 400, 800]);
  for (const id of ids) assert.deepEqual(stage.begins(id).length, 1, id);
  await stage.endsWell();
});

test('the daemon goes on without an instance that can never be replaced, and a stop requeues its messages', async (t) => {
  const stage = await Stage.ready(t, {
    consumer: 'throwing.mjs:IsMadeAgainAtLast',
    entry: { prefetch_count: 10, options: { failures: 1_000_000 } },
  });
  await stage.send('fail', 'waits', 'waits too');
  await stage.daemon.waitForLine(({ instance, waitMs }) => instance !== undefined && waitMs === 800, PATIENCE_MS);
  await stage.stops({ left: 3 });
});
