import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { methodFrame } from '../../../support/amqp/amqp-frames.js';
import { closesChannel } from '../broker-end.js';
import { PublisherBench, RETRY_MS, STALL_MS } from './publisher-bench.js';

const NO_EXCHANGE = closesChannel(404, "NOT_FOUND - no exchange 'orders' in vhost '/'");

describe('a publisher', () => {
  test('opens its connection at the first publish, and one confirm channel for all', async (t) => {
    const bench = new PublisherBench(t);
    await bench.settle();
    assert.deepEqual([bench.ends.length, bench.connected], [0, 0]);
    await bench.send('a', 'b');
    await bench.send('c');
    assert.deepEqual([bench.ends.length, bench.connected], [1, 1]);
    assert.deepEqual(bench.broker.briefly.slice(0, 2), ['ChannelOpen 1', 'ConfirmSelect 1']);
    assert.deepEqual(bench.bodies, ['a', 'b', 'c']);
  });

  test('sends the route and the mandatory flag of each message', async (t) => {
    const bench = new PublisherBench(t);
    bench.publish('a', { routingKey: 'mail', mandatory: false });
    bench.publish('b', { routingKey: 'sms' });
    await bench.settle();
    assert.deepEqual(
      bench.broker.askedFor('BasicPublish').map(({ fields }) => [fields['routingKey'], fields['mandatory']]),
      [
        ['mail', false],
        ['sms', true],
      ],
    );
  });

  test('resolves a publish when the broker has confirmed it, and no other', async (t) => {
    const bench = new PublisherBench(t);
    const [first, second, third] = await bench.send('a', 'b', 'c');
    await bench.confirm('b');
    assert.deepEqual([first?.outcome, second?.outcome, third?.outcome], ['waiting', 'confirmed', 'waiting']);
    await bench.confirmUpTo('c');
    assert.deepEqual([first?.outcome, third?.outcome], ['confirmed', 'confirmed']);
  });

  test('fails a publish that the broker refuses, and no other', async (t) => {
    const bench = new PublisherBench(t);
    const sent = await bench.send('a', 'b');
    await bench.refuse('a');
    await bench.confirm('b');
    assert.deepEqual(
      sent.map(({ outcome }) => outcome),
      ['PUBLISH_REFUSED', 'confirmed'],
    );
  });

  test('fails a publish that no queue took, though the broker confirms it, and names its route', async (t) => {
    const bench = new PublisherBench(t);
    const [first, second] = await bench.send('a', 'b');
    bench.giveBack('a');
    await bench.confirmUpTo('b');
    assert.deepEqual([first?.outcome, second?.outcome], ['PUBLISH_UNROUTABLE', 'confirmed']);
    assert.match(first?.message ?? '', /exchange "" with routing key "q"/);
  });

  test('fails a message that cannot be encoded without sending anything', async (t) => {
    const bench = new PublisherBench(t);
    const sent = bench.publish('a', { routingKey: 'k'.repeat(256) });
    await bench.settle();
    assert.deepEqual([sent.outcome, bench.ends.length], ['PUBLISH_INVALID', 0]);
  });

  test('asks once whether an exchange exists, on another channel, before it publishes there', async (t) => {
    const bench = new PublisherBench(t);
    bench.publish('a', { exchange: 'orders' });
    bench.publish('b', { exchange: 'orders' });
    await bench.settle();
    bench.publish('c', { exchange: 'orders' });
    await bench.settle();
    const [looked, ...others] = bench.broker.askedFor('ExchangeDeclare');
    assert.deepEqual([looked?.fields['passive'], looked?.channel, others], [true, 2, []]);
    assert.deepEqual(bench.bodies, ['a', 'b', 'c']);
  });

  test('fails what goes to a missing exchange, and the others on its channel go on', async (t) => {
    const bench = new PublisherBench(t);
    bench.prepare = (end) => end.next('ExchangeDeclare', NO_EXCHANGE);
    const [neighbour] = await bench.send('b');
    const sent = bench.publish('a', { exchange: 'orders' });
    await bench.settle();
    await bench.confirm('b');
    assert.deepEqual([sent.outcome, neighbour?.outcome], ['PUBLISH_REFUSED', 'confirmed']);
    assert.match(sent.message, /cannot publish to exchange "orders": NOT_FOUND - no exchange 'orders'/);
    assert.deepEqual(bench.bodies, ['b']);
  });

  test('looks a missing exchange up again at the next publish: it may exist by then', async (t) => {
    const bench = new PublisherBench(t);
    bench.prepare = (end) => end.next('ExchangeDeclare', NO_EXCHANGE);
    const refused = bench.publish('a', { exchange: 'orders' });
    await bench.settle();
    const sent = bench.publish('b', { exchange: 'orders' });
    await bench.settle();
    await bench.confirm('b');
    assert.deepEqual([refused.outcome, sent.outcome], ['PUBLISH_REFUSED', 'confirmed']);
  });

  test('sends what claims another user alone, where a refusal takes nobody along', async (t) => {
    const bench = new PublisherBench(t);
    const [neighbour] = await bench.send('a');
    const own = bench.publish('b', { properties: { persistent: true, userId: 'guest' } });
    const foreign = bench.publish('c', { properties: { persistent: true, userId: 'root' } });
    await bench.settle();
    assert.deepEqual(bench.bodies, ['a', 'b', 'c']);
    assert.notEqual(bench.placeOf('c').channel, bench.placeOf('b').channel);
    await bench.closeChannelOf('c', 406, "PRECONDITION_FAILED - user_id property set to 'root'");
    await bench.confirmUpTo('b');
    assert.deepEqual([neighbour?.outcome, own.outcome, foreign.outcome], ['confirmed', 'confirmed', 'PUBLISH_REFUSED']);
  });
});

describe('a publisher that is stopped', () => {
  test('is drained when every message has its answer, and not before', async (t) => {
    const bench = new PublisherBench(t);
    await bench.send('a', 'b');
    let isDrained = false;
    void bench.publisher.drain().then(() => (isDrained = true));
    await bench.confirm('a');
    assert.equal(isDrained, false);
    await bench.refuse('b');
    assert.equal(isDrained, true);
  });

  test('is drained at once when it has published nothing', async (t) => {
    const bench = new PublisherBench(t);
    await bench.publisher.drain();
    assert.equal(bench.ends.length, 0);
  });

  test('closes its connection gracefully, and opens no other', async (t) => {
    const bench = new PublisherBench(t);
    await bench.send('a');
    await bench.confirm('a');
    await bench.publisher.stop();
    assert.equal(bench.broker.briefly.at(-1), 'ConnectionClose 0');
    await bench.pass(60_000);
    assert.equal(bench.ends.length, 1);
  });
});

describe('a publisher whose broker confirms nothing', () => {
  test('replaces its connection, and fails the unconfirmed messages', async (t) => {
    const bench = new PublisherBench(t);
    const [first] = await bench.send('a');
    await bench.confirm('a');
    const [sent] = await bench.send('b');
    await bench.pass(STALL_MS);
    assert.deepEqual([first?.outcome, sent?.outcome, bench.ends.length], ['confirmed', 'waiting', 1]);
    await bench.pass(STALL_MS);
    assert.equal(sent?.outcome, 'PUBLISH_UNCONFIRMED');
    assert.match(bench.messages.join('\n'), /replacing the publish connection: no publish was confirmed for 10000 ms/);
    await bench.pass(RETRY_MS);
    assert.equal(bench.ends.length, 2);
  });

  test('keeps its connection while the broker blocks publishing, and for the full time after that', async (t) => {
    const bench = new PublisherBench(t);
    const [sent] = await bench.send('a');
    bench.broker.say(methodFrame('ConnectionBlocked', 0, { reason: 'low on memory' }));
    await bench.settle();
    for (let time = 0; time < 3; time++) await bench.pass(STALL_MS);
    assert.deepEqual([sent?.outcome, bench.ends.length], ['waiting', 1]);
    bench.broker.say(methodFrame('ConnectionUnblocked', 0));
    await bench.settle();
    await bench.pass(STALL_MS);
    assert.equal(sent?.outcome, 'waiting');
    await bench.pass(STALL_MS);
    assert.equal(sent?.outcome, 'PUBLISH_UNCONFIRMED');
  });

  test('keeps its connection while it confirms one after another', async (t) => {
    const bench = new PublisherBench(t);
    const sent = await bench.send('a', 'b', 'c', 'd');
    for (const body of ['a', 'b', 'c']) {
      await bench.pass(STALL_MS - 1);
      await bench.confirm(body);
    }
    assert.deepEqual([sent.at(-1)?.outcome, bench.ends.length], ['waiting', 1]);
  });
});
