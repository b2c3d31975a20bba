import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { testBroker } from '../../support/broker/test-broker.js';
import { testVhost } from '../../support/broker/test-vhost.js';
import { startDaemon } from '../../support/daemon/daemon.js';
import { fixture } from '../../support/daemon/fixture.js';
import { PATIENCE_MS, Stage } from '../../support/daemon/stage.js';
import { Ledger } from '../../support/ledger/ledger.js';
import { waitFor } from '../../support/wait.js';

/** Sets `consumer_timeout` and `channel_tick_interval` of RabbitMQ at run time. */
const LOW =
  'application:set_env(rabbit, consumer_timeout, 2000), application:set_env(rabbit, channel_tick_interval, 500).';
const USUAL =
  'application:set_env(rabbit, consumer_timeout, 1800000), application:set_env(rabbit, channel_tick_interval, 60000).';

for (const type of ['classic', 'quorum']) {
  test(`an answer after the consumer timeout is refused, and the message is redelivered: ${type} queue`, async (t) => {
    const vhost = await testVhost(t);
    const cancels = await vhost.broker.behaves('the consumer timeout cancels');
    if (cancels && type === 'classic') return t.skip('this broker has no timeout for a classic queue');
    await vhost.broker.ctl('eval', LOW);
    t.after(() => vhost.broker.ctl('eval', USUAL));
    const ledger = await Ledger.open(t, { urls: [vhost.url] });
    const slow = {
      queues: [{ queue: 'slow', x_queue_type: type }],
      consumers: [{ consumer: `${fixture('consumers.mjs')}:SilentOnce`, queue: 'slow' }],
    };
    const daemon = await startDaemon(t, { url: vhost.url, ...ledger.daemonWith(slow) });
    await daemon.ready();
    ledger.publish();
    await vhost.publish('slow', 'late');
    const cause = cancels ? /lost: the broker cancelled it; / : /lost: .*406.*timeout/i;
    const line = await daemon.waitForLine({ msg: /subscription to "slow" lost: / }, PATIENCE_MS);
    assert.match(String(line.msg), cause);
    const records = await daemon.waitForRecords((all) => all.filter(({ event }) => event === 'begin').length === 2);
    const begins = records.filter(({ event }) => event === 'begin');
    assert.deepEqual(
      begins.map(({ id, redelivered }) => [id, redelivered]),
      [
        ['late', false],
        ['late', true],
      ],
    );
    const answers = await daemon.waitForRecords((all) => all.filter(({ event }) => event === 'refused').length === 2);
    assert.deepEqual(
      answers.filter(({ call }) => call !== undefined).map(({ event, call, code }) => [event, call, code]),
      [
        ['refused', 'ack', 'DELIVERY_LOST'],
        ['refused', 'publish', 'DELIVERY_LOST'],
      ],
    );
    const { duplicates } = await ledger.balance(daemon);
    assert.equal(duplicates, 0);
    assert.equal(await vhost.messageCount('slow'), 0);
  });
}

interface Scene {
  /** The broker's consumer timeout in milliseconds. */
  readonly timeoutMs: number;
  readonly instances: number;
  /** Instances by default. */
  readonly prefetch?: number;
}

/** A daemon on a quorum queue of a broker that cancels consumers; undefined, and the test is skipped, on an older broker. */
async function open(t: TestContext, { timeoutMs, instances, prefetch = instances }: Scene): Promise<Stage | undefined> {
  if (!(await (await testBroker()).behaves('the consumer timeout cancels'))) {
    t.skip('this broker closes the channel');
    return undefined;
  }
  return Stage.ready(t, {
    consumer: 'failing.mjs:Slow',
    entry: { consumer_count: instances, prefetch_count: prefetch },
    queue: { x_queue_type: 'quorum', arguments: { 'x-consumer-timeout': timeoutMs } },
    args: ['--threads', '2'],
  });
}

async function send(stage: Stage, ...messages: readonly object[]): Promise<void> {
  await stage.send(...messages.map((message) => JSON.stringify(message)));
}

/** Waits until these messages have ended. */
async function ends(stage: Stage, ids: readonly string[], times = 1): Promise<void> {
  await stage.daemon.waitForRecords(() => ids.every((id) => stage.records('end', id).length >= times), PATIENCE_MS);
}

/** Checks that replaced channels closed after their last message, and that the connection was never lost. */
async function isWhole(stage: Stage, trouble = /connection lost|406/): Promise<void> {
  await stage.holds('q', 0);
  await waitFor(async () => (await stage.vhost.consumerCount('q')) === 1, { what: 'one consumer on the queue' });
  await stage.stops();
  const lines = stage.daemon.lines.map(({ msg }) => String(msg));
  assert.deepEqual(
    lines.filter((line) => trouble.test(line)),
    [],
  );
}

const aborts = (stage: Stage, id: string): unknown[] => stage.records('abort', id).map(({ code }) => code);
const numbered = (name: string, count: number): string[] => Array.from({ length: count }, (_, at) => `${name} ${at}`);

test('the broker cancels over one late message, and the others run once, on either channel', async (t) => {
  const stage = await open(t, { timeoutMs: 5_000, instances: 6, prefetch: 20 });
  if (stage === undefined) return;
  const others = numbered('other', 80);
  const feed = async (ids: readonly string[]): Promise<void> => send(stage, ...ids.map((id) => ({ id, ms: 400 })));
  await send(stage, { id: 'one', how: 'late', ms: 9_000 });
  await feed(others.slice(0, 20));
  await ends(stage, others.slice(0, 10));
  // A message of the same channel times out a second later, so a second cancel must follow.
  await send(stage, { id: 'two', how: 'late', ms: 9_000 });
  await feed(others.slice(20));
  await ends(stage, [...others]);
  await ends(stage, ['one', 'two'], 2);
  // An unbegun message in the slot of a busy instance may be redelivered, and begin then.
  for (const id of others) assert.deepEqual([id, stage.begins(id).length, aborts(stage, id)], [id, 1, []]);
  for (const id of ['one', 'two']) {
    assert.deepEqual([stage.begins(id), aborts(stage, id)], [[false, true], ['DELIVERY_LOST']]);
  }
  const told = stage.daemon.lines.filter(({ msg }) => String(msg).startsWith('requeued: '));
  const line = [40, 'DELIVERY_LOST', 'requeued: the broker took it back: no answer within 5000 ms'];
  assert.deepEqual(
    told.map(({ level, code, msg }) => [level, code, msg]),
    [line, line],
  );
  await isWhole(stage);
});

test('the broker cancels over one late message, and those that waited behind it run once', async (t) => {
  const stage = await open(t, { timeoutMs: 2_000, instances: 1, prefetch: 20 });
  if (stage === undefined) return;
  const others = numbered('other', 19);
  await send(stage, { id: 'slow', how: 'late', ms: 5_000 }, ...others.map((id) => ({ id, ms: 10 })));
  await ends(stage, others);
  await ends(stage, ['slow'], 2);
  for (const id of others) assert.equal(stage.begins(id).length, 1, id);
  await isWhole(stage);
});

test('a message that always exceeds the consumer timeout does not block other messages of its queue', async (t) => {
  const stage = await open(t, { timeoutMs: 1_000, instances: 2 });
  if (stage === undefined) return;
  await send(stage, { id: 'endless', how: 'heeds' });
  for (let round = 1; round <= 4; round++) {
    await stage.daemon.waitForRecords(() => stage.records('begin', 'endless').length === round, PATIENCE_MS);
    await send(stage, { id: `beside ${round}` });
    await ends(stage, [`beside ${round}`]);
    assert.deepEqual(stage.begins(`beside ${round}`), [false]);
  }
  // Each cancel opens a new channel; the earlier ones close.
  await waitFor(async () => (await stage.vhost.consumerCount('q')) <= 2, { what: 'the old channels to close' });
  // Checked before the stop: that cancels the consumer, and then the broker closes the channel.
  assert.equal(stage.daemon.lines.filter(({ msg }) => /connection lost|406/.test(String(msg))).length, 0);
  await stage.stops({ left: 1 });
});

test("answers that cross the broker's cancel lose no message and close no connection", async (t) => {
  const timeoutMs = 1_500;
  const stage = await open(t, { timeoutMs, instances: 20 });
  if (stage === undefined) return;
  const ids = numbered('near', 60);
  // From just before the timeout to just after it.
  await send(stage, ...ids.map((id, at) => ({ id, how: 'late', ms: timeoutMs - 30 + (at % 20) * 3 })));
  await ends(stage, ids);
  // The daemon may cancel a renewed consumer whose deliveries then time out, so 406 is allowed.
  await isWhole(stage, /connection lost/);
});

test("a stop after the broker's cancel lets other messages finish and leaves the late one on its queue", async (t) => {
  const stage = await open(t, { timeoutMs: 3_000, instances: 2 });
  if (stage === undefined) return;
  await send(stage, { id: 'slow', how: 'late', ms: 6_000 });
  await stage.daemon.waitForRecords(() => stage.records('begin', 'slow').length === 1);
  const begunAt = Number(stage.records('begin', 'slow')[0]?.['at']);
  await waitFor(() => Date.now() - begunAt >= 2_000, { what: 'most of the time' });
  await send(stage, { id: 'other', ms: 2_000 });
  await stage.daemon.waitForLine({ msg: /^subscribed to "q" again/ }, PATIENCE_MS);
  await stage.stops({ left: 1 });
  assert.deepEqual([stage.begins('other'), stage.records('end', 'other').length], [[false], 1]);
  assert.deepEqual(aborts(stage, 'other'), []);
});

test('several messages that time out during a stop close their channel but not the connection', async (t) => {
  const stage = await open(t, { timeoutMs: 2_000, instances: 8 });
  if (stage === undefined) return;
  const ids = numbered('hangs', 8);
  await send(stage, ...ids.map((id) => ({ id, how: 'heeds' })));
  await stage.daemon.waitForRecords(() => ids.every((id) => stage.records('begin', id).length === 1));
  await stage.stops({ left: 8 });
  assert.equal(stage.daemon.lines.filter(({ msg }) => /connection lost/.test(String(msg))).length, 0);
});

test('a connection lost while the daemon resubscribes returns with one consumer and loses no message', async (t) => {
  const stage = await open(t, { timeoutMs: 1_500, instances: 4 });
  if (stage === undefined) return;
  await send(stage, { id: 'slow', how: 'late', ms: 4_000 });
  await stage.daemon.waitForLine({ msg: /^subscription to "q" lost: the broker cancelled it/ }, PATIENCE_MS);
  stage.proxy.cut();
  await stage.daemon.waitForLine({ msg: /^consuming again/ }, PATIENCE_MS);
  await send(stage, { id: 'next' });
  await ends(stage, ['next']);
  await ends(stage, ['slow'], 2);
  await waitFor(async () => (await stage.vhost.consumerCount('q')) === 1, { what: 'one consumer on the queue' });
  await stage.stops();
});

test('a consumer timeout set by a policy ends the oldest message, and its signal aborts with DELIVERY_LOST', async (t) => {
  const vhost = await testVhost(t);
  if (!(await vhost.broker.behaves('the consumer timeout cancels'))) return t.skip('this broker closes the channel');
  await vhost.ctl('set_policy', 'short', '^q$', '{"consumer-timeout": 2000}');
  const daemon = await startDaemon(t, {
    url: vhost.url,
    config: {
      queues: [{ queue: 'q', x_queue_type: 'quorum' }],
      consumers: [{ consumer: `${fixture('failing.mjs')}:Slow`, queue: 'q', consumer_count: 2 }],
    },
  });
  await daemon.ready();
  await vhost.publish('q', { id: 'slow', how: 'late', ms: 4_000 });
  await daemon.waitForLine({ msg: /^requeued: the broker took it back: no answer within [12]\d{3} ms/ }, 30_000);
  const records = await daemon.waitForRecords((all) => all.filter(({ event }) => event === 'end').length === 2);
  assert.deepEqual(
    records.filter(({ event }) => event === 'abort').map(({ code }) => code),
    ['DELIVERY_LOST'],
  );
});
