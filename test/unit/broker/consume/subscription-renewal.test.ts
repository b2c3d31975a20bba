import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { methodFrame } from '../../../support/amqp/amqp-frames.js';
import { closesChannel, type Reply } from '../broker-end.js';
import { GRACE_MS, STALL_MS, SubscriptionBench } from './subscription-bench.js';

const CANCEL = methodFrame('BasicCancel', 1, { consumerTag: 'tag', nowait: true });
const NO_QUEUE = closesChannel(404, "NOT_FOUND - no queue 'q' in vhost '/'");
/** The queue has so many messages ready. */
const ready =
  (messageCount: number): Reply =>
  ({ channel }) =>
    methodFrame('QueueDeclareOk', channel, { queue: 'q', messageCount, consumerCount: 1 });

/** A subscription whose broker sends `basic.cancel` over a message that waited too long. */
async function cancelledOverOneMessage(t: TestContext): Promise<SubscriptionBench> {
  const bench = await SubscriptionBench.subscribed(t);
  bench.isOverOneMessage = true;
  bench.deliver(1, 1, 2);
  bench.broker.say(CANCEL);
  await bench.pass(0);
  return bench;
}

describe('a subscription that the broker cancels', () => {
  test('because its queue has gone loses what it holds, and subscribes again with a wait', async (t) => {
    const bench = await SubscriptionBench.subscribed(t);
    bench.deliver(1, 1);
    bench.broker.say(CANCEL);
    await bench.broker.quiet();
    assert.deepEqual(bench.cancelled, [bench.epochOf(1)]);
    assert.equal(bench.messages[0], 'the broker cancelled the subscription to "q"');
    assert.deepEqual(await bench.news(), ['ChannelClose 1']);
    assert.equal(bench.lost[0]?.epoch, bench.epochOf(1));
    await bench.pass(100);
    assert.deepEqual([bench.declared, bench.broker.askedFor('BasicConsume').length], [1, 1]);
  });

  test('sends the answers that wait before anything else: an ack must not be lost with the channel', async (t) => {
    const bench = await SubscriptionBench.subscribed(t, { busyAt: 1 });
    bench.deliver(1, 1, 2);
    bench.ack(2);
    bench.broker.say(CANCEL);
    assert.deepEqual((await bench.news())[0], 'BasicAck 1 #2');
  });

  test('over one message subscribes beside the running ones, which are answered on the old channel', async (t) => {
    const bench = await cancelledOverOneMessage(t);
    await bench.pass(100);
    assert.deepEqual(bench.lost, []);
    const consume = bench.broker.askedFor('BasicConsume')[0];
    assert.equal(consume?.channel, 2);
    bench.broker.asked.length = 0;
    bench.deliver(2, 1);
    const [first, , onNew] = bench.received;
    assert.equal(first?.epoch.settle(1, 'ack'), true);
    assert.deepEqual(await bench.news(), ['BasicAck 1 #1 multiple']);
    assert.equal(onNew?.epoch.settle(1, 'ack'), true);
    assert.deepEqual(await bench.news(), ['BasicAck 2 #1 multiple']);
  });

  test('over one message cancels its old consumer and closes the old channel once all that ran is answered', async (t) => {
    const bench = await cancelledOverOneMessage(t);
    await bench.pass(100);
    bench.broker.asked.length = 0;
    bench.ack(1);
    assert.deepEqual(await bench.news(), ['BasicAck 1 #1 multiple']);
    bench.ack(2);
    assert.deepEqual(await bench.news(), ['BasicAck 1 #2 multiple', 'BasicCancel 1', 'ChannelClose 1']);
    assert.deepEqual(bench.messages.at(-1), 'subscribed to "q" again');
  });

  test('does not wait for a message that the broker took back, and never answers it', async (t) => {
    const bench = await cancelledOverOneMessage(t);
    await bench.pass(100);
    bench.broker.asked.length = 0;
    bench.epochOf(1).forgo(1);
    bench.ack(2);
    assert.deepEqual(await bench.news(), ['BasicAck 1 #2', 'BasicCancel 1', 'ChannelClose 1']);
  });

  test('renews once, however often the broker says it, and whatever it is about the next time', async (t) => {
    const bench = await cancelledOverOneMessage(t);
    bench.isOverOneMessage = false;
    bench.broker.say(CANCEL);
    await bench.pass(100);
    bench.broker.say(CANCEL);
    await bench.pass(60_000);
    assert.deepEqual([bench.broker.askedFor('BasicConsume').length, bench.lost], [1, []]);
  });

  test('over one message, but with its queue gone, closes the channel all the same', async (t) => {
    const bench = await SubscriptionBench.subscribed(t);
    bench.isOverOneMessage = true;
    bench.deliver(1, 1);
    bench.broker.next('QueueDeclare', NO_QUEUE);
    bench.broker.say(CANCEL);
    await bench.broker.quiet();
    assert.deepEqual([bench.lost.length, bench.broker.askedFor('ChannelClose').at(-1)?.channel], [1, 1]);
  });
});

describe('a stalled subscription', () => {
  test('though messages are ready consumes on a new channel first, then cancels and closes the old one', async (t) => {
    const bench = await SubscriptionBench.subscribed(t);
    bench.broker.next('QueueDeclare', ready(5));
    await bench.pass(STALL_MS);
    assert.equal(bench.broker.askedFor('BasicConsume').length, 0);
    await bench.pass(GRACE_MS);
    bench.broker.asked.length = 0;
    await bench.pass(100);
    assert.deepEqual(await bench.news(), [
      'ChannelOpen 2',
      'BasicQos 2',
      'BasicConsume 2',
      'BasicCancel 1',
      'ChannelClose 1',
    ]);
    assert.match(bench.messages[0] ?? '', /it delivered nothing for 10000 ms although 5 messages are ready/);
    assert.equal(bench.lost.length, 1);
  });

  test('keeps the old channel open until its running messages have answers', async (t) => {
    const bench = await SubscriptionBench.subscribed(t);
    bench.deliver(1, 1);
    await bench.pass(STALL_MS);
    bench.broker.next('QueueDeclare', ready(5));
    await bench.pass(STALL_MS);
    await bench.pass(GRACE_MS);
    await bench.pass(100);
    assert.deepEqual(bench.lost, []);
    bench.broker.asked.length = 0;
    bench.ack(1);
    assert.deepEqual(await bench.news(), ['BasicAck 1 #1 multiple', 'ChannelClose 1']);
  });

  const reasons = {
    'its queue is empty': { messages: 0 },
    'it holds all that it may': { messages: 5, prefetch: 1 },
    'none of its instances is free': { messages: 5, wantsDeliveries: () => false },
    'it reads a stream, which counts what was read': { messages: 5, isStream: true },
  };
  for (const [why, { messages, ...changes }] of Object.entries(reasons)) {
    test(`stays as it is when ${why}`, async (t) => {
      const bench = await SubscriptionBench.subscribed(t, changes);
      bench.deliver(1, 1);
      for (let time = 0; time < 4; time++) {
        bench.broker.next('QueueDeclare', ready(messages));
        await bench.pass(STALL_MS);
        await bench.pass(GRACE_MS);
      }
      await bench.pass(100);
      assert.deepEqual([bench.broker.askedFor('BasicConsume'), bench.messages], [[], []]);
    });
  }

  test('is not renewed when a delivery comes in the last moment', async (t) => {
    const bench = await SubscriptionBench.subscribed(t);
    bench.broker.next('QueueDeclare', ready(5));
    await bench.pass(STALL_MS);
    bench.deliver(1, 1);
    await bench.pass(GRACE_MS);
    await bench.pass(100);
    assert.deepEqual(bench.broker.askedFor('BasicConsume'), []);
  });
});

describe('a subscription that is stopped', () => {
  test('cancels its consumer before it gives anything back: the broker would deliver it here again', async (t) => {
    const bench = await SubscriptionBench.subscribed(t);
    bench.deliver(1, 1, 2);
    const release = bench.broker.hold('BasicCancel');
    const cancelled = bench.subscription.drain();
    for (const tag of [1, 2]) bench.epochOf(tag).settle(tag, 'nackRequeue');
    assert.deepEqual(await bench.news(), ['BasicCancel 1', 'BasicNack 1 #1 requeue', 'BasicNack 1 #2 requeue']);
    release();
    await cancelled;
  });

  test('still answers what runs', async (t) => {
    const bench = await SubscriptionBench.subscribed(t);
    bench.deliver(1, 1);
    await bench.subscription.drain();
    bench.broker.asked.length = 0;
    bench.ack(1);
    assert.deepEqual(await bench.news(), ['BasicAck 1 #1 multiple']);
  });

  test('sends the answers that wait before it closes its channel', async (t) => {
    const bench = await SubscriptionBench.subscribed(t, { busyAt: 1 });
    bench.deliver(1, 1, 2);
    bench.ack(2);
    await bench.subscription.stop();
    assert.deepEqual(await bench.news(), ['BasicAck 1 #2', 'ChannelClose 1']);
  });

  test('while it is being opened does not consume', async (t) => {
    const bench = await SubscriptionBench.open(t);
    const release = bench.broker.hold('BasicQos');
    const subscribed = bench.subscription.start(bench.connection);
    await bench.broker.until(() => bench.broker.askedFor('BasicQos').length === 1, 'the prefetch is asked for');
    const cancelled = bench.subscription.drain();
    release();
    await Promise.all([subscribed, cancelled]);
    assert.deepEqual(bench.broker.askedFor('BasicConsume'), []);
  });

  test('during a wait does not come back', async (t) => {
    const bench = await SubscriptionBench.subscribed(t);
    await bench.loseChannel();
    await bench.subscription.drain();
    await bench.pass(60_000);
    assert.deepEqual([bench.declared, bench.broker.askedFor('BasicConsume')], [0, []]);
  });
});
