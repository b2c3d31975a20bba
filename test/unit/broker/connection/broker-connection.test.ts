import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { methodFrame } from '../../../support/amqp/amqp-frames.js';
import { closesConnection } from '../broker-end.js';
import { ADDRESS, RETRY_MS } from '../broker-ends.js';
import { BrokerConnectionBench } from './broker-connection-bench.js';

const LOGIN_REFUSED = closesConnection(403, 'ACCESS_REFUSED - Login was refused');
const LIMIT = closesConnection(530, "NOT_ALLOWED - access to vhost '/' refused: connection limit (1) is reached");
const CLOSE_TIMEOUT_MS = 2_000;
/** A connection that lives this long resets the back-off. */
const HEALTHY_MS = 1_000;

function unasked(): void {
  assert.fail('nothing was asked');
}

function unreachable(): never {
  throw new Error('connect ECONNREFUSED');
}

describe('a broker connection', () => {
  test('opens, and reports that once', async (t) => {
    const bench = new BrokerConnectionBench(t);
    assert.equal(bench.connection.isOpen, false);
    await bench.start();
    assert.deepEqual([bench.outcome, bench.opened, bench.connection.isOpen], ['opened', 1, true]);
    assert.deepEqual(bench.log.messages, ['connected to broker:5672']);
    assert.equal(bench.log.lines[0]?.['connection'], 'c');
  });

  test('tries its hosts in random order, and waits only after the last', async (t) => {
    const hosts = ['a', 'b', 'd'].map((host) => ({ host, port: 1 }));
    const order = [0.9, 0.1, 0.5];
    const bench = new BrokerConnectionBench(t, { address: { ...ADDRESS, hosts }, random: () => order.shift() ?? 1 });
    bench.prepare(unreachable);
    await bench.start();
    assert.deepEqual(bench.brokers.attempts, ['c b:1', 'c d:1', 'c a:1']);
    assert.deepEqual([bench.outcome, bench.waits], ['waiting', [RETRY_MS]]);
    assert.equal(bench.log.messages[0], 'cannot connect to b:1: connect ECONNREFUSED');
  });

  test('waits longer after each failed attempt', async (t) => {
    const bench = new BrokerConnectionBench(t);
    bench.prepare(unreachable);
    await bench.start();
    await bench.pass(RETRY_MS);
    bench.prepare(() => undefined);
    await bench.pass(2 * RETRY_MS - 1);
    assert.equal(bench.outcome, 'waiting');
    await bench.pass(1);
    assert.equal(bench.outcome, 'opened');
    assert.deepEqual([bench.waits, bench.refusals], [[RETRY_MS, 2 * RETRY_MS], []]);
  });

  test('warns of a small frame_max, at the first connection only', async (t) => {
    const bench = new BrokerConnectionBench(t);
    bench.prepare((end) => end.next('ConnectionStartOk', () => methodFrame('ConnectionTune', 0, { frameMax: 4_096 })));
    await bench.start();
    await bench.lose();
    await bench.pass(RETRY_MS);
    assert.equal(bench.opened, 2);
    assert.equal(bench.log.messages.filter((line) => line.startsWith("the broker's frame_max is 4096")).length, 1);
  });

  test('logs that the broker blocks publishing, and that it no longer does', async (t) => {
    const bench = new BrokerConnectionBench(t);
    await bench.start();
    bench.brokers.newest.say(methodFrame('ConnectionBlocked', 0, { reason: 'low on memory' }));
    bench.brokers.newest.say(methodFrame('ConnectionUnblocked', 0));
    await bench.brokers.settle();
    const [blocked, unblocked] = bench.log.messages.slice(-2);
    assert.equal(blocked, 'the broker blocks publishing: low on memory');
    assert.equal(unblocked, 'the broker accepts publishes again');
  });
});

describe('a refused broker connection', () => {
  test('fails at the first start, without another attempt', async (t) => {
    const hosts = ['a', 'b'].map((host) => ({ host, port: 1 }));
    const bench = new BrokerConnectionBench(t, { address: { ...ADDRESS, hosts } });
    bench.prepare((end) => end.next('ConnectionStartOk', LOGIN_REFUSED));
    await bench.start();
    assert.match(bench.outcome, /^the broker at a:1 refused user "guest" on virtual host "\/": .*Login was refused/);
    await bench.pass(60_000);
    assert.deepEqual([bench.brokers.attempts.length, bench.refusals], [1, []]);
  });

  test('is retried when its settings are trusted, and each refusal is reported', async (t) => {
    const bench = new BrokerConnectionBench(t, { trusted: true });
    bench.prepare((end) => end.next('ConnectionStartOk', LOGIN_REFUSED));
    await bench.start();
    bench.prepare(() => undefined);
    await bench.pass(RETRY_MS);
    assert.deepEqual([bench.outcome, bench.refusals], ['opened', ['ACCESS_REFUSED - Login was refused']]);
  });

  test('is retried after it was open once', async (t) => {
    const bench = new BrokerConnectionBench(t);
    await bench.start();
    await bench.lose();
    bench.prepare((end) => end.next('ConnectionStartOk', LOGIN_REFUSED));
    await bench.pass(RETRY_MS);
    bench.prepare(() => undefined);
    await bench.pass(2 * RETRY_MS);
    assert.deepEqual([bench.opened, bench.refusals.length], [2, 1]);
  });

  test('over a limit is retried at the first start', async (t) => {
    const bench = new BrokerConnectionBench(t);
    bench.prepare((end) => end.next('ConnectionOpen', LIMIT));
    await bench.start();
    assert.equal(bench.outcome, 'waiting');
    bench.prepare(() => undefined);
    await bench.pass(RETRY_MS);
    assert.equal(bench.outcome, 'opened');
  });
});

describe('a lost broker connection', () => {
  test('is opened again after a wait, and logs the words of the broker', async (t) => {
    const bench = new BrokerConnectionBench(t);
    await bench.start();
    bench.brokers.newest.closeConnection(320, 'CONNECTION_FORCED - shutdown');
    await bench.brokers.settle();
    assert.equal(bench.connection.isOpen, false);
    assert.ok(bench.log.messages.includes('connection lost: CONNECTION_FORCED - shutdown'));
    await bench.pass(RETRY_MS);
    assert.deepEqual([bench.opened, bench.connection.isOpen], [2, true]);
  });

  for (const { lived, waits, isHarmless } of [
    { lived: HEALTHY_MS, waits: [RETRY_MS, RETRY_MS], isHarmless: false },
    { lived: HEALTHY_MS - 1, waits: [RETRY_MS, 2 * RETRY_MS], isHarmless: false },
    { lived: 0, waits: [RETRY_MS, RETRY_MS], isHarmless: true },
  ]) {
    const kind = isHarmless ? 'through no fault of the broker' : `after ${lived} ms`;
    test(`waits ${waits.join(' ms, then ')} ms when it is lost ${kind}`, async (t) => {
      const bench = new BrokerConnectionBench(t, { isHarmless: () => isHarmless });
      await bench.start();
      await bench.lose();
      await bench.pass(RETRY_MS);
      await bench.pass(lived);
      await bench.lose();
      assert.deepEqual(bench.waits, waits);
    });
  }

  test('is opened at once when it is woken', async (t) => {
    const bench = new BrokerConnectionBench(t);
    await bench.start();
    await bench.lose();
    bench.connection.wake();
    await bench.brokers.settle();
    assert.equal(bench.opened, 2);
  });

  test('waits as usual when it was woken while it connected', async (t) => {
    const bench = new BrokerConnectionBench(t);
    let accept = unasked;
    bench.prepare((end) => (accept = end.hold('ConnectionOpen')));
    await bench.start();
    bench.connection.wake();
    accept();
    await bench.brokers.settle();
    bench.prepare(() => undefined);
    await bench.lose();
    assert.equal(bench.opened, 1);
    await bench.pass(RETRY_MS);
    assert.equal(bench.opened, 2);
  });

  test('waits as usual when it was woken while it was open', async (t) => {
    const bench = new BrokerConnectionBench(t);
    await bench.start();
    bench.connection.wake();
    await bench.lose();
    assert.equal(bench.opened, 1);
    await bench.pass(RETRY_MS);
    assert.equal(bench.opened, 2);
  });
});

describe('a broker connection that is stopped', () => {
  test('closes, and opens no other', async (t) => {
    const bench = new BrokerConnectionBench(t);
    await bench.start();
    await bench.connection.stop();
    assert.deepEqual(bench.brokers.newest.briefly, ['ConnectionClose 0']);
    await bench.pass(60_000);
    assert.deepEqual([bench.opened, bench.log.messages.length], [1, 1]);
  });

  test('waits two seconds for a broker that does not answer', async (t) => {
    const bench = new BrokerConnectionBench(t);
    await bench.start();
    bench.brokers.newest.next('ConnectionClose', () => undefined);
    let isStopped = false;
    void bench.connection.stop().then(() => (isStopped = true));
    await bench.pass(CLOSE_TIMEOUT_MS - 1);
    assert.equal(isStopped, false);
    await bench.pass(1);
    assert.equal(isStopped, true);
  });

  test('waits no longer than its deadline', async (t) => {
    const bench = new BrokerConnectionBench(t);
    await bench.start();
    bench.brokers.newest.next('ConnectionClose', () => undefined);
    const deadline = new AbortController();
    const stopped = bench.connection.stop(deadline.signal);
    deadline.abort();
    await stopped;
  });

  test('stops waiting for its next attempt, and ends its start', async (t) => {
    const bench = new BrokerConnectionBench(t);
    bench.prepare(unreachable);
    await bench.start();
    await bench.connection.stop();
    await bench.brokers.settle();
    assert.equal(bench.outcome, 'opened');
    await bench.pass(60_000);
    assert.equal(bench.brokers.attempts.length, 1);
  });

  test('tries no further host', async (t) => {
    const hosts = ['a', 'b'].map((host) => ({ host, port: 1 }));
    const bench = new BrokerConnectionBench(t, { address: { ...ADDRESS, hosts } });
    bench.prepare(() => {
      void bench.connection.stop();
      unreachable();
    });
    await bench.start();
    assert.equal(bench.brokers.attempts.length, 1);
  });

  test('closes a connection that opens only then', async (t) => {
    const bench = new BrokerConnectionBench(t);
    let accept = unasked;
    bench.prepare((end) => (accept = end.hold('ConnectionOpen')));
    await bench.start();
    await bench.connection.stop();
    accept();
    await bench.brokers.settle();
    assert.deepEqual([bench.opened, bench.brokers.newest.briefly], [0, ['ConnectionClose 0']]);
  });
});
