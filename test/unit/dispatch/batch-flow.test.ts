import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import type { BatchRule } from '../../../src/dispatch/backlog/batches.js';
import type { OutcomeOf } from '../../../src/dispatch/failures/pending-outcomes.js';
import type { FailureOutcome } from '../../../src/failures/index.js';
import { deferred } from '../../../src/timing/index.js';
import { Bench } from './bench.js';

const RULE: BatchRule = { size: 4, waitMs: 100, goesAlone: () => false };
const RETRIED: FailureOutcome = { kind: 'retried', attempt: 1, of: undefined, delayMs: 0 };

function open(t: TestContext, threads: readonly number[], decide?: OutcomeOf): Bench {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  return new Bench(threads, { batch: RULE, ...(decide !== undefined && { outcomeOf: decide }) });
}

function begin(bench: Bench, slot: number): number[] {
  return bench.beginNext(slot).map(({ message }) => message.deliveryTag);
}

describe('the flow of batches', () => {
  test('gives no slot part of the batch of a busy slot', (t) => {
    const bench = open(t, [0, 1]);
    bench.receive(4);
    assert.deepEqual(bench.tags(0), [1, 2, 3, 4]);
    bench.receive(4);
    begin(bench, 1);
    bench.finish(1);
    assert.deepEqual([bench.tags(0), bench.tags(1)], [[1, 2, 3, 4], []]);
  });

  test('moves a batch as a whole from a blocked thread to a free slot', (t) => {
    const bench = open(t, [0, 1]);
    bench.receive(4);
    // Two checks of the rescue find the same delivery unbegun.
    t.mock.timers.tick(25);
    t.mock.timers.tick(25);
    assert.deepEqual([bench.tags(0), bench.tags(1)], [[], [1, 2, 3, 4]]);
  });

  test('runs the next batch once all messages of the previous one have ended', (t) => {
    const bench = open(t, [0]);
    bench.receive(8);
    begin(bench, 0);
    assert.equal(bench.answer(0, 'ack'), true);
    assert.deepEqual(bench.tags(0), [1, 2, 3, 4]);
    bench.finish(0);
    assert.deepEqual(begin(bench, 0), [5, 6, 7, 8]);
    assert.equal(bench.epoch.answers.size, 4);
  });

  test('releases waiting messages at a stop, and lets the running batch finish', async (t) => {
    const bench = open(t, [0]);
    bench.receive(6);
    begin(bench, 0);
    const drained = bench.flow.drain();
    assert.deepEqual(
      [...bench.epoch.answers],
      [5, 6].map((tag) => [tag, 'nackRequeue']),
    );
    bench.finish(0);
    await drained;
    assert.equal(bench.epoch.answers.get(1), 'ack');
  });

  test('loses waiting and running messages with the channel, and fills the next batch from the new one', (t) => {
    const bench = open(t, [0]);
    bench.receive(6);
    begin(bench, 0);
    const gone = bench.loseChannel();
    assert.deepEqual(gone.answers.size, 0);
    assert.equal(bench.thread(0).aborted.length, 4);
    bench.finish(0);
    bench.receive(4);
    assert.deepEqual(bench.tags(0), [7, 8, 9, 10]);
  });

  test('fails all unanswered messages of a batch when its thread dies', (t) => {
    const decided: number[] = [];
    const bench = open(t, [0], ({ deliveryTag }, { kind }) => {
      assert.equal(kind, 'died');
      decided.push(deliveryTag);
      return RETRIED;
    });
    bench.receive(4);
    begin(bench, 0);
    bench.answer(0, 'ack');
    bench.die(0);
    assert.deepEqual(decided, [2, 3, 4]);
  });
});

describe('a message that fails alone', () => {
  test('is decided at once, and stays in its slot until the batch ends', (t) => {
    const decided: number[] = [];
    const bench = open(t, [0], ({ deliveryTag }) => {
      decided.push(deliveryTag);
      return RETRIED;
    });
    bench.receive(8);
    begin(bench, 0);
    assert.equal(bench.failAlone(0), true);
    assert.deepEqual(decided, [1]);
    assert.equal(bench.epoch.answers.get(1), 'ack', 'a copy takes its place');
    assert.deepEqual(bench.tags(0), [1, 2, 3, 4]);
    bench.finish(0);
    assert.deepEqual(begin(bench, 0), [5, 6, 7, 8]);
  });

  for (const how of ['fails', 'dies'] as const) {
    test(`fails once when its batch ${how} while its copy is being published`, async (t) => {
      const copied = deferred<FailureOutcome>();
      const decided: number[] = [];
      const bench = open(t, [0], ({ deliveryTag }) => {
        decided.push(deliveryTag);
        return deliveryTag === 1 ? copied.promise : RETRIED;
      });
      bench.receive(4);
      begin(bench, 0);
      bench.failAlone(0);
      if (how === 'fails') bench.fail(0);
      else bench.die(0);
      assert.deepEqual(decided, [1, 2, 3, 4]);
      assert.equal(bench.epoch.answers.has(1), false);
      copied.resolve(RETRIED);
      await bench.flow.drain();
      assert.equal(bench.epoch.answers.get(1), 'ack');
    });
  }
});
