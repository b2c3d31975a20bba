import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ANSWER, FINISHED } from '../../../../src/bridge/index.js';
import { Retry } from '../../../../src/consumer-api/index.js';
import { DeliveryError } from '../../../../src/errors/index.js';
import { BatchBench, someMessage } from '../batch-bench.js';

const LOST = new DeliveryError('DELIVERY_LOST', 'the channel was closed');
const ERROR = { name: 'Error', message: 'no' };
const ENDED = ANSWER.none | FINISHED;

describe('an answer to a batch', () => {
  test('applies to all of its messages, or to one', async () => {
    const cases: readonly (readonly [(bench: BatchBench) => Promise<void>, readonly string[]])[] = [
      [({ amqp }) => amqp.ack(), all(ANSWER.ack)],
      [({ amqp }) => amqp.nack(), all(ANSWER.nackRequeue)],
      [({ amqp }) => amqp.nack({ requeue: false }), all(ANSWER.nackDrop)],
      [({ amqp }) => amqp.reject({}), all(ANSWER.rejectRequeue)],
      [({ amqp }) => amqp.reject({ requeue: false }), all(ANSWER.rejectDrop)],
      [(bench) => bench.amqp.ack(bench.message(1)), [`1:${ANSWER.ack}`]],
      [(bench) => bench.amqp.nack(bench.message(2)), [`2:${ANSWER.nackRequeue}`]],
      [(bench) => bench.amqp.nack(bench.message(0), { requeue: false }), [`0:${ANSWER.nackDrop}`]],
      [(bench) => bench.amqp.reject(bench.message(0), { requeue: true }), [`0:${ANSWER.rejectRequeue}`]],
    ];
    for (const [answer, codes] of cases) {
      const bench = new BatchBench();
      await answer(bench);
      assert.equal(bench.amqp.hasResponded, codes.length === 3);
      assert.deepEqual(await bench.codes(), codes);
    }
  });

  test('leaves answered messages alone', async () => {
    const bench = new BatchBench();
    await bench.amqp.reject(bench.message(1), { requeue: false });
    assert.deepEqual(
      bench.messages.map((message) => bench.amqp.hasRespondedTo(message)),
      [false, true, false],
    );
    await bench.amqp.ack();
    await bench.amqp.nack();
    assert.deepEqual(await bench.codes(), [`1:${ANSWER.rejectDrop}`, `0:${ANSWER.ack}`, `2:${ANSWER.ack}`]);
    assert.deepEqual(bench.warnings, []);
  });

  test('is accepted once per message', async () => {
    const bench = new BatchBench();
    await bench.amqp.ack();
    for (const second of [bench.amqp.ack(bench.message(0)), bench.amqp.fail(bench.message(1), new Error('late'))])
      await assert.rejects(second, { code: 'DELIVERY_ALREADY_SETTLED' });
    assert.equal(bench.warnings.length, 2);
  });

  test('is refused for a message of another batch, or for none, and answers nothing', async () => {
    const bench = new BatchBench();
    const { amqp } = bench;
    const [, , , none] = bench.messages;
    // As JavaScript may call it.
    const untyped = (name: 'ack' | 'nack', ...args: readonly unknown[]): Promise<void> =>
      Reflect.apply(Reflect.get(amqp, name), amqp, args);
    const refused = [
      amqp.ack(someMessage()),
      untyped('ack', none),
      untyped('nack', none),
      untyped('nack', { id: 7 }),
      untyped('nack', []),
      amqp.nack(Object.create(bench.message(0))),
      amqp.reject(someMessage(), { requeue: false }),
      amqp.fail(someMessage(), new Error('no')),
    ];
    for (const each of refused) await assert.rejects(each, { code: 'DELIVERY_NOT_IN_BATCH' });
    assert.equal(amqp.hasRespondedTo(someMessage()), false);
    assert.deepEqual(await bench.codes(), []);
  });

  test('waits for unconfirmed publishes if it is an ack', async () => {
    const bench = new BatchBench();
    void bench.amqp.publish('x', 'k', {}, 'body');
    await bench.amqp.reject(bench.message(0));
    const acked = bench.amqp.ack();
    assert.deepEqual(await bench.codes(), [`0:${ANSWER.rejectRequeue}`]);
    bench.confirm(1);
    await acked;
    assert.deepEqual((await bench.codes()).slice(1), [`1:${ANSWER.ack}`, `2:${ANSWER.ack}`]);
  });
});

describe('a consume() that returns from a batch', () => {
  test('acks unanswered messages, and reports the end of each', async () => {
    const bench = new BatchBench();
    await bench.amqp.nack(bench.message(1));
    assert.equal(bench.amqp.finish(), undefined);
    const codes = [`1:${ANSWER.nackRequeue | FINISHED}`, `0:${ANSWER.ack | FINISHED}`, `2:${ANSWER.ack | FINISHED}`];
    assert.deepEqual(await bench.codes(), codes);
  });

  test('fails with a failed publish that nobody observed', async () => {
    const bench = new BatchBench();
    void bench.amqp.publish('x', 'k', {}, 'body');
    const finished = Promise.resolve(bench.amqp.finish());
    bench.refuse(1);
    await assert.rejects(finished, { code: 'PUBLISH_REFUSED' });
    assert.deepEqual(await bench.codes(), []);
  });
});

describe('a failed message of a batch', () => {
  test("is reported at once with the consumer's decision, and its end follows", async () => {
    const bench = new BatchBench();
    await bench.amqp.fail(bench.message(1), new Error('of no use'));
    await bench.amqp.fail(bench.message(2), new Retry({ delay: 50 }));
    assert.equal(bench.main.isAnswered({ claim: bench.claimIds[1] }), true);
    void bench.amqp.finish();
    const [first, second] = await bench.commands();
    assert.ok(first?.type === 'failed' && second?.type === 'failed');
    assert.deepEqual([bench.numberOf(first.claimId.cell), first.goesOn, first.decision], [1, true, undefined]);
    assert.equal(first.error.message, 'of no use');
    assert.deepEqual([bench.numberOf(second.claimId.cell), second.decision], [2, { type: 'retry', delayMs: 50 }]);
    assert.deepEqual(await bench.codes(), [`0:${ANSWER.ack | FINISHED}`, `1:${ENDED}`, `2:${ENDED}`]);
    const [failures, ends] = bench.port.batches;
    assert.deepEqual([failures?.reports.length, ends?.commands.length], [0, 0], 'an end is read before a failure');
  });

  test('is reported after a throw with all unanswered ones, and the others end as answered', async () => {
    const bench = new BatchBench();
    await bench.amqp.ack(bench.message(1));
    bench.amqp.failWith(ERROR);
    assert.deepEqual(await bench.codes(), [`1:${ANSWER.ack | FINISHED}`]);
    const failed = (await bench.commands()).map((each) => each.type === 'failed' && bench.numberOf(each.claimId.cell));
    assert.deepEqual(failed, [0, 2]);
    await assert.rejects(bench.amqp.ack(bench.message(0)), { code: 'DELIVERY_ALREADY_SETTLED' });
  });

  test('is the last one if all are answered, so that the throw is visible', async () => {
    const bench = new BatchBench();
    await bench.amqp.ack();
    bench.amqp.failWith(ERROR);
    const [failed, ...others] = await bench.commands();
    assert.ok(failed?.type === 'failed');
    assert.deepEqual([bench.numberOf(failed.claimId.cell), others], [2, []]);
  });
});

describe('a batch whose channel closes', () => {
  test('refuses answers and publishes, aborts its signal, and keeps earlier answers', async () => {
    const bench = new BatchBench();
    const { amqp } = bench;
    await amqp.ack(bench.message(0));
    amqp.abort(LOST);
    assert.equal(amqp.signal.reason?.code, 'DELIVERY_LOST');
    const late = [amqp.ack(), amqp.nack(bench.message(1)), amqp.fail(bench.message(2), new Error('late'))];
    for (const each of [...late, amqp.publish('x', 'k', {}, '')]) await assert.rejects(each, { code: 'DELIVERY_LOST' });
    assert.deepEqual(
      bench.messages.map((message) => amqp.hasRespondedTo(message)),
      [true, false, false],
    );
  });

  test('is refused by the main thread before the worker knows', async () => {
    const bench = new BatchBench();
    for (const claimId of bench.claimIds) bench.main.lose({ claim: claimId });
    await assert.rejects(bench.amqp.fail(bench.message(0), new Error('late')), { code: 'DELIVERY_LOST' });
    await assert.rejects(bench.amqp.ack(), { code: 'DELIVERY_LOST' });
    void bench.amqp.finish();
    assert.deepEqual(
      await bench.codes(),
      [0, 1, 2].map((number) => `${number}:${ENDED}`),
    );
    assert.deepEqual(await bench.commands(), []);
  });

  test('loses only the affected messages: the others, and publishes, go on', async () => {
    const bench = new BatchBench();
    const { amqp } = bench;
    const [first] = bench.claimIds;
    assert.ok(first !== undefined);
    bench.main.lose({ claim: first });
    amqp.abort(LOST, [first]);
    assert.equal(amqp.signal.reason?.code, 'DELIVERY_LOST');
    await assert.rejects(amqp.ack(bench.message(0)), { code: 'DELIVERY_LOST' });
    await amqp.reject(bench.message(1));
    void amqp.finish();
    assert.deepEqual(await bench.codes(), [
      `1:${ANSWER.rejectRequeue}`,
      `0:${ENDED}`,
      `1:${ENDED}`,
      `2:${ANSWER.ack | FINISHED}`,
    ]);
  });

  test('is found by the claim id of any of its messages', () => {
    const bench = new BatchBench();
    for (const claimId of bench.claimIds) assert.equal(bench.amqp.isAmong([claimId]), true);
    const { cell, generation } = bench.amqp.claimId;
    assert.equal(bench.amqp.isAmong([{ cell, generation: generation + 1 }]), false);
  });
});

function all(code: number): string[] {
  return [0, 1, 2].map((number) => `${number}:${code}`);
}
