import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { closesChannel, openBrokerEnd } from '../broker-end.js';
import { SubscriptionBench } from './subscription-bench.js';

describe('a subscription', () => {
  test('asks for its prefetch per consumer, then consumes with its tag, every message to be acked', async (t) => {
    const { subscription, connection, broker } = await SubscriptionBench.open(t, { prefetch: 7 });
    await subscription.start(connection);
    assert.deepEqual(broker.briefly, ['ChannelOpen 1', 'BasicQos 1', 'BasicConsume 1']);
    const [qos, consume] = [broker.askedFor('BasicQos')[0], broker.askedFor('BasicConsume')[0]];
    assert.deepEqual([qos?.fields['prefetchCount'], qos?.fields['global']], [7, false]);
    const { queue, consumerTag, noAck } = consume?.fields ?? {};
    assert.deepEqual([queue, consumerTag, noAck], ['q', 'tag', false]);
  });

  test('consumes with the arguments of its entry, a date as a timestamp in seconds', async (t) => {
    const { subscription, connection, broker } = await SubscriptionBench.open(t, {
      arguments: { 'x-priority': 5, 'x-stream-offset': new Date(1_700_000_000_999) },
    });
    await subscription.start(connection);
    assert.deepEqual(broker.askedFor('BasicConsume')[0]?.fields['arguments'], {
      'x-priority': 5,
      'x-stream-offset': { '!': 'timestamp', value: 1_700_000_000 },
    });
  });

  test('that the broker refuses names its entry, its queue and the words of the broker', async (t) => {
    const { subscription, connection, broker } = await SubscriptionBench.open(t, {
      place: 'config.yml:9:5  consumers[2]',
    });
    broker.next('BasicConsume', closesChannel(403, "ACCESS_REFUSED - queue 'q' in vhost '/' in exclusive use"));
    await assert.rejects(subscription.start(connection), {
      code: 'TOPOLOGY_MISMATCH',
      message:
        "config.yml:9:5  consumers[2]: cannot consume from queue \"q\": ACCESS_REFUSED - queue 'q' in vhost '/' in exclusive use",
    });
  });

  test('that gets no channel says how many there are', async (t) => {
    const { subscription, connection } = await SubscriptionBench.open(t, {}, 1);
    await connection.opened.openChannel();
    await assert.rejects(subscription.start(connection), {
      code: 'TOPOLOGY_MISMATCH',
      message: /the broker allows 1 channels on a connection, and all are in use/,
    });
  });

  test('that is asked for twice at one time opens one channel', async (t) => {
    const { subscription, connection, broker } = await SubscriptionBench.open(t);
    await Promise.all([subscription.start(connection), subscription.start(connection)]);
    await broker.quiet();
    assert.equal(broker.askedFor('BasicConsume').length, 1);
  });

  test('answers with one frame for all acks below the first open tag, and one each above it', async (t) => {
    const bench = await SubscriptionBench.subscribed(t);
    bench.deliver(1, 1, 2, 3, 4, 5);
    bench.ack(1, 2, 4, 5);
    assert.deepEqual(await bench.news(), ['BasicAck 1 #2 multiple', 'BasicAck 1 #4', 'BasicAck 1 #5']);
    bench.ack(3);
    assert.deepEqual(await bench.news(), ['BasicAck 1 #3 multiple']);
  });

  test('never acks a tag that is open, or refused, by an ack of several', async (t) => {
    const bench = await SubscriptionBench.subscribed(t);
    bench.deliver(1, 1, 2, 3, 4);
    assert.ok(bench.epochOf(2).settle(2, 'rejectDrop'));
    bench.ack(1, 4);
    assert.deepEqual(await bench.news(), ['BasicReject 1 #2', 'BasicAck 1 #1 multiple', 'BasicAck 1 #4']);
  });

  test('lets acks wait a millisecond for a lower open tag while its instances are busy, and no longer', async (t) => {
    const bench = await SubscriptionBench.subscribed(t, { busyAt: 1 });
    bench.deliver(1, 1, 2, 3, 4);
    bench.ack(2);
    assert.deepEqual(await bench.news(), []);
    bench.ack(1);
    assert.deepEqual(await bench.news(), ['BasicAck 1 #2 multiple']);
    bench.ack(4);
    assert.deepEqual(await bench.news(), []);
    await bench.pass(1);
    assert.deepEqual(await bench.news(), ['BasicAck 1 #4']);
  });

  test('gives back and refuses with the method and the flag that the answer stands for', async (t) => {
    const bench = await SubscriptionBench.subscribed(t);
    bench.deliver(1, 1, 2, 3, 4);
    const answers = ['nackRequeue', 'nackDrop', 'rejectRequeue', 'rejectDrop'] as const;
    answers.forEach((answer, index) => bench.epochOf(index + 1).settle(index + 1, answer));
    assert.deepEqual(await bench.news(), [
      'BasicNack 1 #1 requeue',
      'BasicNack 1 #2',
      'BasicReject 1 #3 requeue',
      'BasicReject 1 #4',
    ]);
  });

  test('of a stream only acks, whatever the answer is', async (t) => {
    const bench = await SubscriptionBench.subscribed(t, { isStream: true });
    bench.deliver(1, 1);
    bench.epochOf(1).settle(1, 'rejectDrop');
    assert.deepEqual(await bench.news(), ['BasicAck 1 #1 multiple']);
  });
});

describe('a subscription whose channel the broker closes', () => {
  test('loses the deliveries of that channel, once, with the words of the broker', async (t) => {
    const bench = await SubscriptionBench.subscribed(t);
    bench.deliver(1, 1, 2);
    const epoch = bench.epochOf(1);
    await bench.loseChannel();
    assert.equal(bench.lost.length, 1);
    assert.equal(bench.lost[0]?.epoch, epoch);
    assert.match(bench.lost[0]?.reason ?? '', /406 .*timed out/);
  });

  test('sends no answer to a delivery of the old channel, neither on that nor on the new one', async (t) => {
    const bench = await SubscriptionBench.subscribed(t);
    bench.deliver(1, 1);
    const old = bench.epochOf(1);
    await bench.loseChannel();
    await bench.pass(100);
    assert.equal(old.settle(1, 'ack'), false);
    // The new channel counts its tags from 1 again.
    bench.deliver(1, 1);
    bench.broker.asked.length = 0;
    bench.ack(1);
    assert.deepEqual(await bench.news(), ['BasicAck 1 #1 multiple']);
    assert.equal(bench.received.length, 2);
    assert.notEqual(bench.epochOf(1), old);
  });

  test('declares the topology and subscribes again after the wait', async (t) => {
    const bench = await SubscriptionBench.subscribed(t);
    await bench.loseChannel();
    await bench.pass(99);
    assert.deepEqual([bench.declared, bench.broker.askedFor('BasicConsume').length], [0, 0]);
    await bench.pass(1);
    assert.deepEqual([bench.declared, bench.broker.askedFor('BasicConsume').length], [1, 1]);
    assert.match(bench.messages.join('\n'), /subscription to "q" lost: .*timed out.*; retrying in 100 ms/);
    assert.equal(bench.messages.at(-1), 'subscribed to "q" again');
  });

  test('waits twice as long after each failure, and as before once it stood again', async (t) => {
    const bench = await SubscriptionBench.subscribed(t);
    const refused = closesChannel(404, "NOT_FOUND - no queue 'q'");
    bench.broker.next('BasicConsume', refused);
    bench.broker.next('BasicConsume', refused);
    await bench.loseChannel();
    for (const ms of [100, 200, 400]) await bench.pass(ms);
    await bench.loseChannel();
    const waits = bench.log.lines.map(({ waitMs }) => waitMs).filter((waitMs) => waitMs !== undefined);
    assert.deepEqual(waits, [100, 200, 400, 100]);
  });

  test('tries nothing more on a connection that has gone, and subscribes on the next', async (t) => {
    const bench = await SubscriptionBench.subscribed(t);
    bench.deliver(1, 1);
    bench.broker.destroy();
    await bench.pass(60_000);
    assert.deepEqual([bench.lost.length, bench.messages, bench.declared], [1, [], 0]);
    const next = await openBrokerEnd();
    await bench.subscription.start(next.connection);
    assert.deepEqual(next.broker.briefly, ['ChannelOpen 1', 'BasicQos 1', 'BasicConsume 1']);
  });

  test('stays closed when it was being stopped', async (t) => {
    const bench = await SubscriptionBench.subscribed(t);
    await bench.subscription.drain();
    bench.broker.asked.length = 0;
    await bench.loseChannel();
    await bench.pass(60_000);
    assert.deepEqual([bench.lost.length, await bench.news()], [1, ['ChannelCloseOk 1']]);
  });
});
