import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ABORT_GRACE_MS, SHUTDOWN_TIMEOUT_MS, ShutdownBench } from './shutdown-bench.js';

const RELEASED = ['consumer: BasicCancel 1', 'consumer: BasicNack 1 #2 requeue'];
const CONSUMER_CLOSED = ['consumer: ChannelClose 1', 'consumer: ConnectionClose 0'];
const PUBLISHER_CLOSED = 'publisher: ConnectionClose 0';
const TIMED_OUT = 'abort: the daemon is stopping and the shutdown timeout has passed';
const AT_ONCE = 'abort: the daemon is stopping at once';
const FORCED_CLOSE_MS = 1_000;

describe('a graceful shutdown', () => {
  test('releases what has not begun only once the broker delivers no more', async (t) => {
    const bench = await ShutdownBench.running(t);
    await bench.shutDown();
    assert.deepEqual([bench.steps, bench.result], [RELEASED, 'waiting']);
  });

  test('says how long it waits, and for how many messages', async (t) => {
    const bench = await ShutdownBench.running(t);
    await bench.shutDown();
    const { level, running, msg } = bench.log.lines.at(-1) ?? assert.fail();
    assert.deepEqual([level, running], [30, 1]);
    assert.equal(msg, 'waiting up to 10s for 1 running message; a second signal stops at once');
  });

  test('says nothing about waiting if no message runs', async (t) => {
    const bench = await ShutdownBench.running(t);
    await bench.finish();
    await bench.shutDown();
    assert.deepEqual([bench.log.messages.filter((line) => line.startsWith('waiting')), bench.result], [[], true]);
  });

  test('waits for the running consumer, then ends the threads, the consumer connection and the publisher', async (t) => {
    const bench = await ShutdownBench.running(t);
    await bench.shutDown();
    await bench.finish();
    const [stop, ack, ...closed] = bench.steps.slice(RELEASED.length);
    assert.deepEqual([stop, ack], ['stop threads', 'consumer: BasicAck 1 #1 multiple']);
    assert.deepEqual(closed, [...CONSUMER_CLOSED, PUBLISHER_CLOSED]);
    assert.equal(bench.result, true);
  });

  test('waits for the confirms before it ends the threads', async (t) => {
    const bench = await ShutdownBench.running(t);
    bench.publish('unconfirmed');
    await bench.shutDown();
    await bench.finish();
    assert.ok(!bench.steps.includes('stop threads'));
    bench.confirm(2);
    await bench.pass(0);
    assert.equal(bench.result, true);
  });

  test('keeps the publisher open while the threads end, because a shutdown may publish', async (t) => {
    const bench = await ShutdownBench.running(t);
    const endThreads = bench.hold('stopped');
    await bench.shutDown();
    await bench.finish();
    bench.publish('from a shutdown');
    await bench.pass(0);
    assert.equal(bench.steps.at(-1), 'publisher: BasicPublish 1');
    await endThreads();
    assert.deepEqual([bench.steps.at(-1), bench.result], [PUBLISHER_CLOSED, true]);
  });

  test('hands no message over while the broker still cancels', async (t) => {
    const bench = await ShutdownBench.running(t);
    const cancel = bench.consuming.hold('BasicCancel');
    await bench.shutDown();
    await bench.finish();
    assert.equal(bench.flows.begin(0), undefined);
    cancel();
    await bench.pass(0);
    assert.equal(bench.result, true);
  });

  test('fails when the threads cannot be ended', async (t) => {
    const bench = await ShutdownBench.running(t);
    const failed = Promise.reject(new Error('no'));
    failed.catch(() => undefined);
    bench.pool.stopped = failed;
    await bench.shutDown();
    await bench.finish();
    assert.ok(bench.result instanceof Error);
  });
});

describe('a shutdown whose timeout passes', () => {
  test('aborts the consumers, then ends the threads and closes the connections', async (t) => {
    const bench = await ShutdownBench.running(t);
    await bench.shutDown();
    await bench.pass(SHUTDOWN_TIMEOUT_MS - 1);
    assert.deepEqual(bench.steps, RELEASED);
    await bench.pass(1);
    assert.deepEqual(bench.steps.slice(RELEASED.length), [TIMED_OUT]);
    await bench.pass(ABORT_GRACE_MS - 1);
    assert.equal(bench.steps.at(-1), TIMED_OUT);
    await bench.pass(1);
    const [, killed, ...closed] = bench.steps.slice(RELEASED.length);
    assert.equal(killed, 'kill threads');
    assert.deepEqual(closed.toSorted(), [...CONSUMER_CLOSED, PUBLISHER_CLOSED].toSorted());
    assert.equal(bench.result, false);
  });

  test('warns with its code and the number of running messages', async (t) => {
    const bench = await ShutdownBench.running(t);
    await bench.shutDown();
    await bench.pass(SHUTDOWN_TIMEOUT_MS);
    const { level, code, running, msg } = bench.log.lines.at(-1) ?? assert.fail();
    assert.deepEqual([level, code, running], [40, 'SHUTDOWN_TIMEOUT', 1]);
    assert.equal(msg, 'shutdown timeout: requeuing 1 running message');
  });

  test('sends the answer of a consumer that ends when it is aborted, and waits no longer', async (t) => {
    const bench = await ShutdownBench.running(t);
    bench.pool.onAbort = () => bench.flows.finish(0);
    await bench.shutDown();
    await bench.pass(SHUTDOWN_TIMEOUT_MS);
    assert.ok(bench.steps.includes('consumer: BasicAck 1 #1 multiple'));
    assert.ok(bench.steps.includes('kill threads'));
    assert.equal(bench.result, false);
  });

  test('closes nothing before the threads have ended, although they ended gracefully meanwhile', async (t) => {
    const bench = await ShutdownBench.running(t);
    const [endGracefully, endByForce] = [bench.hold('stopped'), bench.hold('killed')];
    await bench.shutDown();
    await bench.finish();
    await bench.pass(SHUTDOWN_TIMEOUT_MS);
    await endGracefully();
    assert.equal(bench.steps.at(-1), 'kill threads');
    assert.equal(bench.result, 'waiting');
    await endByForce();
    assert.deepEqual(new Set(bench.steps.slice(-3)), new Set([...CONSUMER_CLOSED, PUBLISHER_CLOSED]));
    assert.equal(bench.result, false);
  });

  test('gives a broker that does not answer one second', async (t) => {
    const bench = await ShutdownBench.running(t);
    for (const end of [bench.consuming, bench.publishing]) end.next('ConnectionClose', () => undefined);
    bench.consuming.next('ChannelClose', () => undefined);
    await bench.shutDown();
    await bench.pass(SHUTDOWN_TIMEOUT_MS);
    await bench.pass(ABORT_GRACE_MS);
    await bench.pass(FORCED_CLOSE_MS - 1);
    assert.equal(bench.result, 'waiting');
    await bench.pass(1);
    assert.equal(bench.result, false);
  });

  test('cuts a graceful close short that the broker does not answer', async (t) => {
    const bench = await ShutdownBench.running(t);
    bench.consuming.next('ChannelClose', () => undefined);
    await bench.shutDown();
    await bench.finish();
    assert.equal(bench.consuming.briefly.at(-1), 'ChannelClose 1');
    await bench.pass(SHUTDOWN_TIMEOUT_MS);
    await bench.pass(FORCED_CLOSE_MS);
    assert.equal(bench.result, false);
  });
});

describe('a shutdown that a second signal ends', () => {
  test('gives the consumers no time', async (t) => {
    const bench = await ShutdownBench.running(t);
    await bench.shutDown();
    bench.kill.abort();
    await bench.pass(0);
    assert.deepEqual(bench.steps.slice(RELEASED.length, RELEASED.length + 2), [AT_ONCE, 'kill threads']);
    assert.equal(bench.log.messages.at(-1), 'stopping at once: second signal');
    assert.equal(bench.result, false);
  });

  test('ends at once when the signal came before it began', async (t) => {
    const bench = await ShutdownBench.running(t);
    bench.kill.abort();
    await bench.shutDown();
    assert.deepEqual([bench.steps.includes(AT_ONCE), bench.result], [true, false]);
  });

  test('waits no longer for aborted consumers after its timeout', async (t) => {
    const bench = await ShutdownBench.running(t);
    await bench.shutDown();
    await bench.pass(SHUTDOWN_TIMEOUT_MS);
    assert.equal(bench.steps.at(-1), TIMED_OUT);
    bench.kill.abort();
    await bench.pass(0);
    assert.equal(bench.result, false);
  });
});
