import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { PATIENCE_MS, PublisherBench, RETRY_MS, type Sent } from './publisher-bench.js';

/** RabbitMQ's word for a message that it cannot even refuse, such as a decimal in a header on its way to a stream. */
const FAULT = [541, 'INTERNAL_ERROR'] as const;
const TOO_LARGE = 'PRECONDITION_FAILED - message size 20000000 is larger than configured max size 16777216';

const outcomes = (sent: readonly Sent[]): string[] => sent.map(({ outcome }) => outcome);

describe('a publisher whose connection goes', () => {
  test('fails what waits for its confirm: nobody knows whether the broker has it', async (t) => {
    const bench = new PublisherBench(t);
    const sent = await bench.send('a', 'b');
    await bench.loseConnection();
    assert.deepEqual(outcomes(sent), ['PUBLISH_UNCONFIRMED', 'PUBLISH_UNCONFIRMED']);
  });

  test('holds new messages, and sends them in order over the next connection', async (t) => {
    const bench = new PublisherBench(t);
    await bench.send('a');
    await bench.loseConnection();
    const sent = await bench.send('b', 'c');
    assert.deepEqual(outcomes(sent), ['waiting', 'waiting']);
    await bench.pass(RETRY_MS);
    assert.deepEqual([bench.ends.length, bench.bodies], [2, ['b', 'c']]);
    await bench.confirmUpTo('c');
    assert.deepEqual(outcomes(sent), ['confirmed', 'confirmed']);
  });

  test('tries the broker at once when another connection has reached it', async (t) => {
    const bench = new PublisherBench(t);
    await bench.send('a');
    await bench.loseConnection();
    bench.publisher.wake();
    await bench.settle();
    assert.equal(bench.ends.length, 2);
  });

  test('looks its exchanges up again: another node may not have them', async (t) => {
    const bench = new PublisherBench(t);
    bench.publish('a', { exchange: 'orders' });
    await bench.settle();
    await bench.loseConnection();
    await bench.pass(RETRY_MS);
    bench.publish('b', { exchange: 'orders' });
    await bench.settle();
    assert.equal(bench.broker.askedFor('ExchangeDeclare').length, 1);
    assert.deepEqual(bench.bodies, ['b']);
  });

  test('lets a limit of connections pass for a while, then fails with the words of the broker', async (t) => {
    const bench = new PublisherBench(t);
    bench.prepare = () => {
      throw new Error(
        "Handshake terminated by server: 530 (connection.close) with message \"NOT_ALLOWED - access to vhost '/' refused for " +
          "user 'guest': connection limit (1) is reached\"",
      );
    };
    const [sent] = await bench.send('a');
    await bench.pass(PATIENCE_MS - 1);
    assert.equal(sent?.outcome, 'waiting');
    await bench.pass(PATIENCE_MS);
    assert.equal(sent?.outcome, 'PUBLISH_REFUSED');
    assert.match(sent?.message ?? '', /connection limit \(1\) is reached/);
  });
});

describe('a publisher whose channel the broker closes', () => {
  test('over one of several messages sends each again alone: only that one fails', async (t) => {
    const bench = new PublisherBench(t);
    const sent = await bench.send('a', 'big', 'c');
    await bench.closeChannelOf('big', 406, TOO_LARGE);
    // One at a time, in order: the next goes when the one before has its answer.
    assert.deepEqual(bench.bodies.slice(3), ['a']);
    await bench.confirm('a');
    assert.deepEqual(bench.bodies.slice(3), ['a', 'big']);
    await bench.closeChannelOf('big', 406, TOO_LARGE);
    assert.deepEqual(bench.bodies.slice(3), ['a', 'big', 'c']);
    await bench.confirm('c');
    assert.deepEqual(outcomes(sent), ['confirmed', 'PUBLISH_REFUSED', 'confirmed']);
  });

  test('sends new messages after the resent ones', async (t) => {
    const bench = new PublisherBench(t);
    await bench.send('a', 'b');
    await bench.closeChannelOf('b', 403, 'ACCESS_REFUSED - no');
    const [later] = await bench.send('later');
    assert.deepEqual(bench.bodies.slice(2), ['a']);
    await bench.confirm('a');
    await bench.confirm('b');
    assert.deepEqual(bench.bodies.slice(2), ['a', 'b', 'later']);
    assert.equal(later?.outcome, 'waiting');
  });

  test('over its only message fails that at once, and does not send it again', async (t) => {
    const bench = new PublisherBench(t);
    const [sent] = await bench.send('big');
    await bench.closeChannelOf('big', 406, TOO_LARGE);
    assert.equal(sent?.outcome, 'PUBLISH_REFUSED');
    assert.match(sent?.message ?? '', /its body has 20000000 bytes, and the broker's max_message_size is 16777216/);
    assert.deepEqual(bench.bodies, ['big']);
  });

  test('sends to an exchange that is not ours to write to one by one from then on', async (t) => {
    const bench = new PublisherBench(t);
    bench.publish('a', { exchange: 'theirs' });
    await bench.settle();
    await bench.closeChannelOf('a', 403, "ACCESS_REFUSED - write access to exchange 'theirs' in vhost '/' refused");
    const [neighbour] = await bench.send('b');
    const again = bench.publish('c', { exchange: 'theirs' });
    await bench.settle();
    assert.notEqual(bench.placeOf('c').channel, bench.placeOf('b').channel);
    await bench.closeChannelOf('c', 403, 'ACCESS_REFUSED - no');
    assert.deepEqual([again.outcome, neighbour?.outcome], ['PUBLISH_REFUSED', 'waiting']);
  });

  test('fails what needs another channel when the broker allows no more, and the others go on', async (t) => {
    const bench = new PublisherBench(t);
    bench.prepare = (end) => {
      end.channelMax = 1;
    };
    const [neighbour] = await bench.send('a');
    const alone = bench.publish('b', { properties: { persistent: true, userId: 'root' } });
    await bench.settle();
    await bench.confirm('a');
    assert.deepEqual([alone.outcome, neighbour?.outcome], ['PUBLISH_REFUSED', 'confirmed']);
  });
});

describe('a publisher whose connection the broker closes over a message', () => {
  test('fails the only message, and holds the next one of its route back for a second', async (t) => {
    const bench = new PublisherBench(t);
    const [sent] = await bench.send('a');
    await bench.closeConnection(...FAULT);
    assert.equal(sent?.outcome, 'PUBLISH_REFUSED');
    bench.publish('b');
    bench.publish('c', { routingKey: 'other' });
    await bench.pass(RETRY_MS);
    assert.deepEqual(bench.bodies, ['c']);
    await bench.confirm('c');
    await bench.pass(1_000 - RETRY_MS - 1);
    assert.deepEqual(bench.bodies, ['c']);
    await bench.pass(1);
    assert.deepEqual(bench.bodies, ['c', 'b']);
  });

  test('over one of several sends each again alone: only that one fails', async (t) => {
    const bench = new PublisherBench(t);
    const good = bench.publish('good', { routingKey: 'good' });
    const bad = bench.publish('bad', { routingKey: 'bad' });
    await bench.settle();
    bench.prepare = (end) => {
      end.onBody = ({ text }) => {
        if (text === 'bad') end.closeConnection(...FAULT);
        else void bench.confirm(text);
      };
    };
    await bench.closeConnection(...FAULT);
    for (let time = 0; time < 6; time++) await bench.pass(1_000);
    assert.deepEqual([good.outcome, bad.outcome], ['confirmed', 'PUBLISH_REFUSED']);
  });
});
