import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { CLEAN, PATIENCE_MS, Stage } from '../../support/daemon/stage.js';
import { waitFor } from '../../support/wait.js';

const BASIC_ACK = '60.80';
const BASIC_PUBLISH = '60.40';
/** Frame types that a client sends only for a publish. */
const HEADER = 2;
const BODY = 3;
const STALL = { connection: { stall_timeout: '1s' } };

test('the daemon subscribes again when a swallowed ack stops the deliveries of a queue that has messages', async (t) => {
  const stage = await Stage.ready(t, { consumer: 'consumers.mjs:Acks', config: STALL });
  stage.proxy.dropFrames(({ method }) => method === BASIC_ACK);
  // The proxy drops this ack, and with a prefetch of 1 the broker delivers no more.
  await stage.send('swallowed');
  await stage.daemon.waitForRecords(() => stage.records('acked', 'swallowed').length === 1);
  await stage.send('one', 'two');
  const line = await stage.daemon.waitForLine({
    msg: /^subscription to "q" lost: it delivered nothing .* 2 messages are ready/,
  });
  assert.equal(line.level, 40);
  stage.proxy.dropFrames();
  await stage.daemon.waitForRecords(
    // Their acks may be swallowed too, if the subscription was renewed before the line was read; then they ran twice.
    () => ['one', 'two'].every((id) => stage.records('acked', id).length >= 1),
    PATIENCE_MS,
  );
  // The daemon closed the old channel, so its messages came again, and are done as well.
  await stage.daemon.waitForRecords(() => stage.records('acked', 'swallowed').length >= 2, PATIENCE_MS);
  await stage.stops();
  assert.equal(stage.daemon.lines.filter(({ msg }) => String(msg).startsWith('connected to')).length, 1);
});

test('a message that runs during a new subscription is answered on its own channel and not lost', async (t) => {
  const stage = await Stage.ready(t, {
    consumer: 'waits.mjs:Waits',
    entry: { consumer_count: 2, prefetch_count: 2 },
    config: STALL,
    args: ['--threads', '1'],
  });
  await stage.send('long');
  await stage.daemon.waitForRecords(() => stage.records('begin', 'long').length === 1);
  stage.proxy.dropFrames(({ method }) => method === BASIC_ACK);
  await stage.send('swallowed');
  await stage.done('swallowed');
  await stage.send('one');
  await stage.daemon.waitForLine({ msg: /^subscription to "q" lost: it delivered nothing/ }, PATIENCE_MS);
  stage.proxy.dropFrames();
  await stage.done('one');
  await stage.send('finish');
  await stage.done('long', 'finish');
  // Done once, because its ack went out on its own channel.
  assert.deepEqual(stage.begins('long'), [false]);
  await waitFor(() => stage.begins('swallowed').length === 2, { what: 'the swallowed message to come again' });
  await stage.done('swallowed');
  await stage.stops();
  assert.deepEqual(stage.records('aborted'), []);
});

test('the daemon renews the subscription of a queue that feeds another consumer less and less often', async (t) => {
  const stage = await Stage.ready(t, {
    consumer: 'consumers.mjs:Acks',
    queue: { arguments: { 'x-single-active-consumer': true } },
    config: { connection: { stall_timeout: '300ms' } },
  });
  // The daemon is the active consumer; its own next subscription waits behind this one.
  const channel = await stage.vhost.channel();
  await channel.prefetch(1);
  const { consumerTag } = await channel.consume('q', () => undefined);
  stage.proxy.cut();
  await stage.daemon.waitForLine({ msg: /^consuming again/ }, PATIENCE_MS);
  await stage.send('held', 'a', 'b');
  const stalls = (): number[] =>
    stage.daemon.lines.filter(({ msg }) => /it delivered nothing/.test(String(msg))).map(({ time }) => Number(time));
  await waitFor(() => stalls().length >= 3, { timeoutMs: PATIENCE_MS, what: 'three new subscriptions' });
  const [, second = 0, third = 0] = stalls();
  // Doubled twice; timers fire late, never early.
  assert.ok(third - second >= 4 * 300, `asked again after ${third - second} ms`);
  await channel.cancel(consumerTag);
  await channel.close();
  await stage.daemon.waitForRecords(
    () => ['held', 'a', 'b'].every((id) => stage.records('acked', id).length === 1),
    PATIENCE_MS,
  );
  await stage.stops();
});

test('an auto-delete queue keeps its messages when the daemon renews its only subscription', async (t) => {
  const stage = await Stage.ready(t, { consumer: 'consumers.mjs:Acks', config: STALL, queue: { auto_delete: true } });
  stage.proxy.dropFrames(({ method }) => method === BASIC_ACK);
  await stage.send('swallowed');
  await stage.daemon.waitForRecords(() => stage.records('acked', 'swallowed').length === 1);
  await stage.send('one', 'two');
  await stage.daemon.waitForLine({ msg: /^subscription to "q" lost: it delivered nothing/ }, PATIENCE_MS);
  stage.proxy.dropFrames();
  await stage.daemon.waitForRecords(
    () => ['one', 'two'].every((id) => stage.records('acked', id).length === 1),
    PATIENCE_MS,
  );
  assert.deepEqual(await stage.daemon.stop(PATIENCE_MS), CLEAN);
});

test('a stream read to its end is not subscribed again, and no message is read twice', async (t) => {
  const stage = await Stage.ready(t, {
    consumer: 'consumers.mjs:Acks',
    queue: { x_queue_type: 'stream' },
    entry: { prefetch_count: 10, arguments: { 'x-stream-offset': 'first' } },
    config: { connection: { stall_timeout: '200ms' } },
  });
  await stage.send('a', 'b');
  await stage.daemon.waitForRecords(() => stage.records('acked').length === 2, PATIENCE_MS);
  // Long enough for several reconnects of the daemon.
  await pause(2_000);
  await stage.send('c');
  await stage.daemon.waitForRecords(() => stage.records('acked', 'c').length > 0, PATIENCE_MS);
  assert.deepEqual(
    stage.records('acked').map(({ id }) => id),
    ['a', 'b', 'c'],
  );
  assert.deepEqual(await stage.daemon.stop(PATIENCE_MS), CLEAN);
});

test('a publish connection without confirms is replaced, and its unconfirmed messages are sent again', async (t) => {
  const retry = { delay: '100ms', jitter: 0 };
  const stage = await Stage.ready(t, { consumer: 'failing.mjs:Failing', entry: { retry }, config: STALL });
  // The copy for the next attempt never reaches the broker; heartbeats do.
  stage.proxy.dropFrames(({ method, type }) => method === BASIC_PUBLISH || type === HEADER || type === BODY);
  await stage.send('{"id": "x", "fails": 1}');
  const line = await stage.daemon.waitForLine({
    msg: /^replacing the publish connection: no publish was confirmed for 1000 ms/,
  });
  assert.deepEqual([line.level, line['waiting']], [40, 1]);
  stage.proxy.dropFrames();
  await stage.daemon.waitForRecords(
    () => stage.records('begin', 'x').some(({ attempt }) => attempt === 2),
    PATIENCE_MS,
  );
  await stage.stops();
});
