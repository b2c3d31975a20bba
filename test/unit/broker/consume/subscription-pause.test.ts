import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { closesChannel, openBrokerEnd } from '../broker-end.js';
import { STALL_MS, SubscriptionBench } from './subscription-bench.js';

const nothing = (): void => undefined;

describe('a subscription that is paused', () => {
  test('cancels its consumer before it releases anything, and answers what runs on the same channel', async (t) => {
    const bench = await SubscriptionBench.subscribed(t);
    bench.deliver(1, 1, 2, 3);
    const paused = bench.subscription.pause(() => {
      for (const tag of [2, 3]) assert.ok(bench.epochOf(tag).settle(tag, 'nackRequeue'));
    });
    await bench.broker.quiet();
    await paused;
    assert.deepEqual(await bench.news(), ['BasicCancel 1', 'BasicNack 1 #2 requeue', 'BasicNack 1 #3 requeue']);
    assert.deepEqual([bench.subscription.isPaused, bench.subscription.isSubscribed], [true, false]);
    bench.ack(1);
    assert.deepEqual(await bench.news(), ['BasicAck 1 #1 multiple', 'ChannelClose 1']);
    assert.deepEqual(bench.messages, []);
  });

  test('releases nothing while the answer to its basic.consume is on the way', async (t) => {
    const bench = await SubscriptionBench.open(t);
    const answer = bench.broker.hold('BasicConsume');
    const starting = bench.subscription.start(bench.connection);
    await bench.broker.quiet();
    let released = 0;
    const paused = bench.subscription.pause(() => released++);
    await bench.broker.quiet();
    assert.deepEqual([released, bench.broker.askedFor('BasicCancel').length], [0, 0]);
    answer();
    await bench.broker.quiet();
    await Promise.all([starting, paused]);
    assert.deepEqual([released, bench.broker.askedFor('BasicCancel').length], [1, 1]);
  });

  test('subscribes again on a new channel when it is resumed, and accepts before that', async (t) => {
    const bench = await SubscriptionBench.subscribed(t);
    bench.deliver(1, 1);
    await bench.subscription.pause(nothing);
    bench.broker.asked.length = 0;
    let accepted: string[] | undefined;
    await bench.subscription.resume(() => (accepted = bench.broker.briefly));
    assert.deepEqual(accepted, []);
    assert.deepEqual(await bench.news(), ['ChannelOpen 2', 'BasicQos 2', 'BasicConsume 2']);
    bench.ack(1);
    assert.deepEqual(await bench.news(), ['BasicAck 1 #1 multiple', 'ChannelClose 1']);
    assert.equal(bench.subscription.isSubscribed, true);
  });

  test('does nothing when it is paused or resumed a second time', async (t) => {
    const bench = await SubscriptionBench.subscribed(t);
    await bench.subscription.resume(() => assert.fail('it is not paused'));
    await bench.subscription.pause(nothing);
    await bench.news();
    await bench.subscription.pause(() => assert.fail('it is paused'));
    assert.deepEqual(await bench.news(), []);
    await bench.subscription.resume(nothing);
    await bench.subscription.resume(() => assert.fail('it is resumed'));
    assert.equal((await bench.news()).filter((each) => each.startsWith('BasicConsume')).length, 1);
  });

  test('stays paused over a lost connection, and subscribes on the next one when it is resumed', async (t) => {
    const bench = await SubscriptionBench.subscribed(t);
    await bench.subscription.pause(nothing);
    bench.broker.destroy();
    await bench.pass(60_000);
    const next = await openBrokerEnd();
    await bench.subscription.start(next.connection);
    assert.deepEqual([next.broker.briefly, bench.declared, bench.messages], [[], 0, []]);
    await bench.subscription.resume(nothing);
    assert.deepEqual(next.broker.briefly, ['ChannelOpen 1', 'BasicQos 1', 'BasicConsume 1']);
  });

  test('that was waiting to subscribe again stops trying', async (t) => {
    const bench = await SubscriptionBench.subscribed(t);
    await bench.loseChannel();
    await bench.subscription.pause(nothing);
    await bench.news();
    await bench.pass(60_000);
    assert.deepEqual([await bench.news(), bench.declared], [[], 0]);
  });

  test('keeps the stall watch quiet', async (t) => {
    let asked = 0;
    const bench = await SubscriptionBench.subscribed(t, { wantsDeliveries: () => asked++ >= 0 });
    await bench.subscription.pause(nothing);
    await bench.news();
    await bench.pass(10 * STALL_MS);
    assert.deepEqual([asked, await bench.news(), bench.messages], [0, [], []]);
  });

  test('retries when the broker refuses it at its resumption', async (t) => {
    const bench = await SubscriptionBench.subscribed(t);
    await bench.subscription.pause(nothing);
    bench.broker.next('BasicConsume', closesChannel(404, "NOT_FOUND - no queue 'q'"));
    await bench.subscription.resume(nothing);
    assert.equal(bench.subscription.isSubscribed, false);
    await bench.pass(100);
    assert.deepEqual([bench.subscription.isSubscribed, bench.declared], [true, 1]);
  });

  test('sends the last answers and closes its old channel at a stop', async (t) => {
    const bench = await SubscriptionBench.subscribed(t);
    bench.deliver(1, 1);
    await bench.subscription.pause(nothing);
    await bench.news();
    await bench.subscription.drain();
    assert.deepEqual(await bench.news(), []);
    bench.ack(1);
    await bench.subscription.stop();
    assert.deepEqual(await bench.news(), ['BasicAck 1 #1 multiple', 'ChannelClose 1']);
  });
});

describe('a subscription whose prefetch changes', () => {
  test('consumes with it on a new channel, then cancels the old consumer and still answers its deliveries', async (t) => {
    const bench = await SubscriptionBench.subscribed(t);
    bench.deliver(1, 1);
    await bench.subscription.setPrefetch(3);
    const [qos] = bench.broker.askedFor('BasicQos');
    assert.deepEqual([qos?.fields['prefetchCount'], qos?.fields['global']], [3, false]);
    assert.deepEqual(await bench.news(), ['ChannelOpen 2', 'BasicQos 2', 'BasicConsume 2', 'BasicCancel 1']);
    bench.ack(1);
    assert.deepEqual(await bench.news(), ['BasicAck 1 #1 multiple', 'ChannelClose 1']);
    await bench.subscription.setPrefetch(3);
    assert.deepEqual([await bench.news(), bench.subscription.isSubscribed, bench.messages], [[], true, []]);
  });

  test('while it is paused has it when it is resumed', async (t) => {
    const bench = await SubscriptionBench.subscribed(t);
    await bench.subscription.pause(nothing);
    await bench.news();
    await bench.subscription.setPrefetch(3);
    assert.deepEqual(await bench.news(), []);
    await bench.subscription.resume(nothing);
    assert.equal(bench.broker.askedFor('BasicQos')[0]?.fields['prefetchCount'], 3);
  });
});
