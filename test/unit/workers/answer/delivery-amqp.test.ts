import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ANSWER, FINISHED } from '../../../../src/bridge/index.js';
import { DeliveryError, DispatcherError } from '../../../../src/errors/index.js';
import { endOfTurn } from '../../../support/end-of-turn.js';
import { DeliveryBench } from '../delivery-bench.js';

const LOST = new DeliveryError('DELIVERY_LOST', 'the channel was closed');
const STOPPED = new DispatcherError('DELIVERY_STOPPED', 'the daemon stops');

async function isPending(promise: Promise<unknown>): Promise<boolean> {
  let pending = true;
  const settle = (): void => {
    pending = false;
  };
  promise.then(settle, settle);
  await endOfTurn();
  return pending;
}

/** The unhandled errors, which would end the thread, during `act` and the turns after it. */
async function unhandledDuring(act: () => void | Promise<void>): Promise<unknown[]> {
  const unhandled: unknown[] = [];
  const note = (reason: unknown): void => void unhandled.push(reason);
  const before = process.listeners('unhandledRejection');
  process.removeAllListeners('unhandledRejection');
  process.on('unhandledRejection', note);
  try {
    await act();
    await endOfTurn();
    await endOfTurn();
  } finally {
    process.removeListener('unhandledRejection', note);
    for (const listener of before) process.on('unhandledRejection', listener);
  }
  return unhandled;
}

test('a failure is in the claim before it is posted, so that a later thread death is not blamed on it', () => {
  const bench = new DeliveryBench();
  bench.amqp.failWith({ name: 'Reject', message: 'of no use' }, { type: 'reject' });
  assert.deepEqual(bench.port.commands, []);
  assert.equal(bench.main.isAnswered({ claim: bench.amqp.claimId }), true);
});

describe('an answer', () => {
  test('is reported with its code, and requeues by default', async () => {
    const cases: readonly (readonly [(bench: DeliveryBench) => Promise<void>, number])[] = [
      [({ amqp }) => amqp.ack(), ANSWER.ack],
      [({ amqp }) => amqp.nack(), ANSWER.nackRequeue],
      [({ amqp }) => amqp.nack({}), ANSWER.nackRequeue],
      [({ amqp }) => amqp.nack({ requeue: true }), ANSWER.nackRequeue],
      [({ amqp }) => amqp.nack({ requeue: false }), ANSWER.nackDrop],
      [({ amqp }) => amqp.reject(), ANSWER.rejectRequeue],
      [({ amqp }) => amqp.reject({ requeue: false }), ANSWER.rejectDrop],
    ];
    for (const [answer, code] of cases) {
      const bench = new DeliveryBench();
      assert.equal(bench.amqp.hasResponded, false);
      await answer(bench);
      assert.equal(bench.amqp.hasResponded, true);
      assert.deepEqual(await bench.codes(), [code]);
    }
  });

  test('given a second time is refused, logged, and not sent', async () => {
    const bench = new DeliveryBench();
    await bench.amqp.reject();
    for (const second of [bench.amqp.ack(), bench.amqp.nack(), bench.amqp.reject()]) {
      await assert.rejects(second, { name: 'DeliveryError', code: 'DELIVERY_ALREADY_SETTLED' });
    }
    assert.equal(bench.amqp.hasResponded, true);
    assert.equal(bench.warnings.length, 3);
    await bench.amqp.finish();
    assert.deepEqual(await bench.codes(), [ANSWER.rejectRequeue | FINISHED]);
  });

  test('that nobody awaits ends no thread when it is refused', async () => {
    const unhandled = await unhandledDuring(async () => {
      const bench = new DeliveryBench();
      await bench.amqp.ack();
      void bench.amqp.ack();
    });
    assert.deepEqual(unhandled, []);
  });

  test('is refused once the main thread lost the delivery, before the worker knows', async () => {
    const bench = new DeliveryBench();
    assert.equal(bench.main.lose({ claim: bench.amqp.claimId }), true);
    await assert.rejects(bench.amqp.ack(), { code: 'DELIVERY_LOST' });
    assert.equal(bench.amqp.hasResponded, false);
    await bench.amqp.finish();
    assert.deepEqual(await bench.codes(), [ANSWER.none | FINISHED]);
  });

  test('is sent at once when the consumer is slow and computes', async () => {
    for (const isSlow of [false, true]) {
      const bench = new DeliveryBench();
      bench.amqp.eager = isSlow;
      bench.outbox.flushIfComputing(performance.now() + 1_000);
      void bench.amqp.ack();
      assert.equal(bench.port.batches.length, isSlow ? 1 : 0);
    }
  });
});

describe('a consume() that returns', () => {
  test('without an answer acks', async () => {
    const bench = new DeliveryBench();
    assert.equal(bench.amqp.finish(), undefined);
    assert.deepEqual(await bench.codes(), [ANSWER.ack | FINISHED]);
  });

  test('after its answer adds only its end', async () => {
    const bench = new DeliveryBench();
    void bench.amqp.nack({ requeue: false });
    await bench.amqp.finish();
    assert.deepEqual(await bench.codes(), [ANSWER.nackDrop | FINISHED]);
  });

  test('waits for unconfirmed publishes before it acks', async () => {
    const bench = new DeliveryBench();
    void bench.amqp.publish('x', 'k', {}, 'body');
    const finished = Promise.resolve(bench.amqp.finish());
    assert.equal(await isPending(finished), true);
    assert.deepEqual(await bench.codes(), []);
    bench.confirm(1);
    await finished;
    assert.deepEqual(await bench.codes(), [ANSWER.ack | FINISHED]);
  });

  test('fails with a failed publish that nobody observed', async () => {
    const bench = new DeliveryBench();
    void bench.amqp.publish('x', 'k', {}, 'body');
    const finished = Promise.resolve(bench.amqp.finish());
    bench.refuse(1);
    await assert.rejects(finished, { code: 'PUBLISH_REFUSED' });
    assert.deepEqual(await bench.codes(), []);
  });

  test('acks after a failed publish that the consumer handled', async () => {
    const bench = new DeliveryBench();
    const handled = bench.amqp.publish('x', 'k', {}, 'body').catch((error: unknown) => error);
    bench.refuse(1);
    assert.ok((await handled) instanceof Error);
    await bench.amqp.finish();
    assert.deepEqual(await bench.codes(), [ANSWER.ack | FINISHED]);
  });

  test('does not wait for a publish after another answer than an ack', async () => {
    const bench = new DeliveryBench();
    void bench.amqp.publish('x', 'k', {}, 'body');
    await bench.amqp.reject();
    await bench.amqp.finish();
    assert.deepEqual(await bench.codes(), [ANSWER.rejectRequeue | FINISHED]);
  });
});

describe('an ack after a publish', () => {
  test('waits until the broker has confirmed the publish', async () => {
    const bench = new DeliveryBench();
    void bench.amqp.publish('x', 'k', {}, 'body');
    const acked = bench.amqp.ack();
    assert.equal(await isPending(acked), true);
    assert.equal(bench.amqp.hasResponded, true);
    await assert.rejects(bench.amqp.nack(), { code: 'DELIVERY_ALREADY_SETTLED' });
    bench.confirm(1);
    await acked;
    await bench.amqp.finish();
    assert.deepEqual(await bench.codes(), [ANSWER.ack | FINISHED]);
  });

  test('rejects when the publish failed unobserved, and leaves the answer to the consumer', async () => {
    const bench = new DeliveryBench();
    void bench.amqp.publish('x', 'k', {}, 'body');
    const acked = bench.amqp.ack();
    bench.refuse(1);
    await assert.rejects(acked, { code: 'PUBLISH_REFUSED' });
    assert.equal(bench.amqp.hasResponded, false);
    await bench.amqp.reject({ requeue: false });
    assert.deepEqual(await bench.codes(), [ANSWER.rejectDrop]);
  });

  test('is sent once when nobody awaits it and consume() returns meanwhile', async () => {
    const bench = new DeliveryBench();
    void bench.amqp.publish('x', 'k', {}, 'body');
    void bench.amqp.ack();
    const finished = Promise.resolve(bench.amqp.finish());
    bench.confirm(1);
    await finished;
    assert.deepEqual(await bench.codes(), [ANSWER.ack | FINISHED]);
  });

  test('ends no thread when nobody awaits it and the publish failed: the delivery fails instead', async () => {
    const bench = new DeliveryBench();
    let finished: unknown;
    const unhandled = await unhandledDuring(async () => {
      void bench.amqp.publish('x', 'k', {}, 'body');
      void bench.amqp.ack();
      const end = Promise.resolve(bench.amqp.finish());
      bench.refuse(1);
      finished = await end.catch((error: unknown) => error);
    });
    assert.ok(finished instanceof Error && finished.message === 'refused');
    assert.deepEqual(unhandled, []);
  });

  test('is refused when the channel closes while it waits', async () => {
    const bench = new DeliveryBench();
    void bench.amqp.publish('x', 'k', {}, 'body');
    const acked = bench.amqp.ack();
    bench.main.lose({ claim: bench.amqp.claimId });
    bench.amqp.abort(LOST);
    bench.confirm(1);
    await assert.rejects(acked, { code: 'DELIVERY_LOST' });
    await bench.amqp.finish();
    assert.deepEqual(await bench.codes(), [ANSWER.none | FINISHED]);
  });
});

describe('a publish', () => {
  test('is sent encoded, and resolves with the confirm of the broker', async () => {
    const bench = new DeliveryBench();
    const sent = bench.amqp.publish('x', 'k', { a: 1 }, { b: 2 }, { mandatory: true });
    const [request] = await bench.publishes();
    assert.deepEqual({ cell: request?.cell, generation: request?.generation }, bench.amqp.claimId);
    assert.equal(request?.message.mandatory, true);
    assert.equal(request?.message.body.toString(), '{"b":2}');
    assert.equal(await isPending(sent), true);
    bench.confirm(1);
    await sent;
  });

  test('with an argument that cannot be sent rejects, and sends nothing', async () => {
    const bench = new DeliveryBench();
    await assert.rejects(bench.amqp.publish('x', 'k', {}, '', { priority: -1 }), { code: 'PUBLISH_INVALID' });
    assert.deepEqual(await bench.publishes(), []);
  });

  test('that cannot be sent and that nobody awaits fails its delivery, not its thread', async () => {
    const bench = new DeliveryBench();
    let finished: unknown;
    const unhandled = await unhandledDuring(async () => {
      void bench.amqp.publish('x', 'k', {}, '', { priority: -1 });
      finished = await Promise.resolve(bench.amqp.finish()).catch((error: unknown) => error);
    });
    assert.deepEqual(unhandled, []);
    assert.ok(finished instanceof DeliveryError && finished.code === 'PUBLISH_INVALID');
  });

  test('is still possible after the answer', async () => {
    const bench = new DeliveryBench();
    await bench.amqp.ack();
    const sent = bench.amqp.publish('x', 'k', {}, '');
    assert.equal((await bench.publishes()).length, 1);
    bench.confirm(1);
    await sent;
  });
});

describe('a delivery whose channel closes', () => {
  test('refuses answers and publishes with DELIVERY_LOST', async () => {
    const bench = new DeliveryBench();
    bench.amqp.abort(LOST);
    for (const late of [bench.amqp.ack(), bench.amqp.nack(), bench.amqp.publish('x', 'k', {}, '')]) {
      await assert.rejects(late, { code: 'DELIVERY_LOST' });
    }
    assert.equal(bench.amqp.hasResponded, false);
    assert.deepEqual(await bench.publishes(), []);
  });

  test('aborts its signal with the reason, whether or not it was used before', () => {
    const early = new DeliveryBench();
    const { signal } = early.amqp;
    assert.equal(signal.aborted, false);
    early.amqp.abort(LOST);
    assert.equal(signal.aborted, true);
    assert.equal(signal.reason, LOST);

    const late = new DeliveryBench();
    late.amqp.abort(LOST);
    assert.equal(late.amqp.signal.aborted, true);
    assert.equal(late.amqp.signal.reason, LOST);
  });
});

describe('a delivery at the shutdown timeout', () => {
  test('aborts its signal with DELIVERY_STOPPED, and may still be answered', async () => {
    const bench = new DeliveryBench();
    const { signal } = bench.amqp;
    bench.amqp.abort(STOPPED);
    assert.equal(signal.reason, STOPPED);
    await bench.amqp.nack();
    assert.deepEqual(await bench.codes(), [ANSWER.nackRequeue]);
  });

  test('keeps the first reason when its channel closes as well', () => {
    const bench = new DeliveryBench();
    bench.amqp.abort(STOPPED);
    bench.amqp.abort(LOST);
    assert.equal(bench.amqp.signal.reason, STOPPED);
  });
});
