import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { FAILED, PATIENCE_MS, Stage, type StageOptions } from '../../support/daemon/stage.js';
import { byLength } from '../../support/test-length.js';
import { waitFor } from '../../support/wait.js';

const SETTLED = 'DELIVERY_ALREADY_SETTLED';

async function answering(t: TestContext, options: Partial<StageOptions> = {}): Promise<Stage> {
  return Stage.ready(t, {
    consumer: 'answering.mjs:Answers',
    config: { queues: [{ queue: 'sink' }] },
    args: ['--threads', '2'],
    ...options,
  });
}

/** How each call ended for a message: its error code, or null. */
function calls(stage: Stage, id: string): [unknown, unknown][] {
  return stage.records('call', id).map(({ name, code }) => [name, code]);
}

/** Checks that every answer had a valid delivery tag: RabbitMQ closes the channel otherwise. */
function noChannelClosed(stage: Stage): void {
  assert.deepEqual(
    stage.daemon.lines.filter(({ msg }) => /channel|subscription|connection lost/.test(String(msg))),
    [],
  );
}

test('an answer after consume() returned is refused and closes no channel, and publishing still works', async (t) => {
  const stage = await answering(t);
  const id = 'after consume returned';
  await stage.send(id);
  await stage.daemon.waitForRecords(() => calls(stage, id).length === 4, PATIENCE_MS);
  assert.deepEqual(calls(stage, id), [
    ['ack', SETTLED],
    ['nack', SETTLED],
    ['reject', SETTLED],
    ['publish', null],
  ]);
  await stage.endsWell();
  assert.deepEqual(stage.begins(id), [false]);
  await stage.holds('sink', 1);
  noChannelClosed(stage);
});

test('an answer after consume() threw is refused, at once and when the message runs again', async (t) => {
  const stage = await answering(t);
  const id = 'after consume threw';
  await stage.send(id);
  await stage.done(id);
  assert.deepEqual(calls(stage, `${id}, at once`), [['ack', SETTLED]]);
  assert.deepEqual(calls(stage, id), [
    ['ack', SETTLED],
    ['nack', SETTLED],
    ['reject', SETTLED],
  ]);
  await stage.endsWell();
  assert.deepEqual(stage.begins(id), [false, true]);
  noChannelClosed(stage);
});

test('answers from timers long after the delivery count while consume() is pending', async (t) => {
  const ms = byLength({ short: 2_000, full: 60_000 });
  const stage = await answering(t, { entry: { consumer_count: 2, options: { ms } } });
  const ids = ['from a timer', 'from a timer that nobody awaits'] as const;
  await stage.send(...ids);
  await stage.daemon.waitForRecords(() => ids.every((id) => stage.records('done', id).length === 1), ms + PATIENCE_MS);
  assert.deepEqual(calls(stage, ids[0]), [['ack', null]]);
  assert.deepEqual(calls(stage, ids[1]), [
    ['ack', null],
    ['ack', SETTLED],
  ]);
  await stage.endsWell();
  for (const id of ids) assert.deepEqual(stage.begins(id), [false]);
  noChannelClosed(stage);
});

test('an answer long before consume() ends reaches the broker at once, and the instance stays busy', async (t) => {
  const stage = await answering(t, { entry: { consumer_count: 1, options: { ms: 1_500 } } });
  const id = 'before a long wait';
  await stage.send(id, 'next');
  // With a prefetch of 1 the broker sends the next message after the answer.
  await waitFor(async () => (await stage.vhost.messageCount('q')) === 0, { what: 'the next message to be sent' });
  assert.equal(stage.records('done', id).length, 0, 'the consumer still waits');
  assert.equal(stage.begins('next').length, 0);
  await stage.done('next');
  await stage.endsWell();
});

test('of four answers at once the first counts and the others are refused', async (t) => {
  const stage = await answering(t);
  await stage.send('all at once');
  await stage.done('all at once');
  const counted = calls(stage, 'all at once').filter(([, code]) => code === null);
  assert.deepEqual(counted, [['ack', null]]);
  assert.equal(calls(stage, 'all at once').filter(([, code]) => code === SETTLED).length, 3);
  await stage.endsWell();
  assert.deepEqual(stage.begins('all at once'), [false]);
  noChannelClosed(stage);
});

test('a message that is never answered occupies only its slot, and a stop requeues it at the deadline', async (t) => {
  const stage = await answering(t, {
    entry: { consumer_count: 2, prefetch_count: 10 },
    args: ['--threads', '2', '--shutdown-timeout', '300ms'],
  });
  await stage.send('never');
  await stage.daemon.waitForRecords(() => stage.begins('never').length === 1);
  const ids = Array.from({ length: 50 }, (_, number) => `m${number}`);
  await stage.send(...ids);
  await stage.done(...ids);
  const [held] = stage.records('begin', 'never');
  assert.ok(ids.every((id) => stage.records('begin', id).every(({ instance }) => instance !== held?.instance)));
  assert.deepEqual((await stage.vhost.queueDepths()).get('q'), { ready: 0, unacked: 1 });
  await stage.endsWell({ exit: FAILED, left: 1 });
});

test('a publish after the answer is sent; a failed one is only logged', async (t) => {
  const stage = await answering(t);
  await stage.send('publish after the answer', 'failing publish after the answer');
  await stage.done('publish after the answer', 'failing publish after the answer');
  assert.deepEqual(calls(stage, 'publish after the answer'), [
    ['ack', null],
    ['publish', null],
  ]);
  await stage.daemon.waitForLine({ msg: /^cannot publish to exchange "there is no such exchange"/ });
  await stage.endsWell();
  assert.deepEqual(stage.begins('failing publish after the answer'), [false]);
  await stage.holds('sink', 1);
});
