import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { DispatcherError } from '../../../src/errors/index.js';
import type { FailureOutcome } from '../../../src/failures/index.js';
import { EntryMetrics, FAILURE_REASONS, OUTCOMES } from '../../../src/metrics/entry-metrics.js';
import { deferred } from '../../../src/timing/index.js';
import { Bench } from '../dispatch/bench.js';

const RETRIED: FailureOutcome = { kind: 'retried', attempt: 1, of: 3, delayMs: 200 };
const ENDED = { attempt: 1, deaths: 0 } as const;
const TIMEOUT = new DispatcherError('DELIVERY_TIMEOUT', 'outlasted timeout.hard');
const NEVER = { isCulprit: () => true, watch: (): void => undefined };

type BenchOptions = ConstructorParameters<typeof Bench>[1];

/** A flow with one slot, and the metrics that listen to it. */
function open(options: BenchOptions = {}): { bench: Bench; metrics: EntryMetrics } {
  const bench = new Bench([0], options);
  bench.nowMs = performance.now();
  const metrics = new EntryMetrics({
    feed: bench.feed,
    isBatch: options.batch !== undefined,
    nowMs: () => performance.now(),
    wallMs: () => 5_000,
  });
  return { bench, metrics };
}

/** Those that are not 0. */
function counted(values: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== 0));
}

function batches(t: TestContext, options: BenchOptions = {}): { bench: Bench; metrics: EntryMetrics } {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  return open({ ...options, batch: { size: 4, waitMs: 100, goesAlone: () => false } });
}

describe('the metrics of an entry', () => {
  test('have every outcome and reason from the start at 0', () => {
    const { metrics } = open();
    assert.deepEqual(Object.keys(metrics.outcomes), [...OUTCOMES]);
    assert.deepEqual(Object.keys(metrics.failures), [...FAILURE_REASONS]);
    assert.deepEqual([counted(metrics.outcomes), counted(metrics.failures), metrics.unanswered], [{}, {}, 0]);
    assert.equal(metrics.lastMessageAtMs, undefined);
  });

  test('count first deliveries and redeliveries', () => {
    const { bench, metrics } = open();
    bench.receive(2);
    bench.receiveAgain();
    assert.deepEqual(metrics.deliveries, { first: 2, redelivered: 1 });
    assert.equal(metrics.unanswered, 3);
  });

  for (const [answer, outcome] of [
    ['ack', 'ack'],
    ['nackRequeue', 'nack'],
    ['nackDrop', 'nack'],
    ['rejectRequeue', 'reject'],
    ['rejectDrop', 'reject'],
  ] as const) {
    test(`count the answer ${answer} as ${outcome}, and as done`, () => {
      const { bench, metrics } = open();
      bench.receive();
      bench.begin(0);
      bench.answer(0, answer);
      bench.finish(0);
      assert.deepEqual(counted(metrics.outcomes), { [outcome]: 1 });
      assert.deepEqual([metrics.done, metrics.unanswered, counted(metrics.failures)], [1, 0, {}]);
    });
  }

  test('time the run and the wait of a message, and note when it ended', () => {
    const { bench, metrics } = open();
    bench.receive();
    bench.begin(0);
    assert.equal(metrics.process.read().count, 0);
    bench.finish(0);
    assert.deepEqual([metrics.process.read().count, metrics.wait.read().count], [1, 1]);
    assert.ok(metrics.process.read().sum < 60, `${metrics.process.read().sum} s`);
    assert.ok(metrics.wait.read().sum < 60, `${metrics.wait.read().sum} s`);
    assert.equal(metrics.lastMessageAtMs, 5_000);
  });

  for (const [name, outcome, expected] of [
    ['requeued', { kind: 'requeued' }, 'reject'],
    ['retried', RETRIED, 'retry'],
    ['put aside', { kind: 'put_aside', queue: 'q.dead', reason: 'exhausted', ...ENDED }, 'dead'],
    ['dead-lettered', { kind: 'dead_lettered', exchange: 'x', reason: 'rejected', ...ENDED }, 'dead'],
    [
      'rejected to the broker',
      { kind: 'dead_lettered_by_broker', exchange: 'x', reason: 'exhausted', ...ENDED },
      'dead',
    ],
    ['discarded', { kind: 'discarded', reason: 'exhausted', ...ENDED }, 'discard'],
    ['put aside as invalid', { kind: 'put_aside', queue: 'q.dead', reason: 'invalid', ...ENDED }, 'invalid'],
    ['discarded as invalid', { kind: 'discarded', reason: 'invalid', ...ENDED }, 'invalid'],
  ] as const satisfies readonly (readonly [string, FailureOutcome, string])[]) {
    test(`count a failure that is ${name} once, as ${expected}, and not as done`, () => {
      const { bench, metrics } = open({ outcomeOf: () => outcome });
      bench.receive();
      bench.begin(0);
      bench.fail(0);
      assert.deepEqual(counted(metrics.outcomes), { [expected]: 1 });
      assert.deepEqual([counted(metrics.failures), metrics.done, metrics.unanswered], [{ throw: 1 }, 0, 0]);
      assert.equal(metrics.process.read().count, 1);
    });
  }

  test('count an outcome when the answer goes out, and not while the copy awaits its confirm', async () => {
    const copy = deferred<FailureOutcome>();
    const { bench, metrics } = open({ outcomeOf: () => copy.promise });
    bench.receive();
    bench.begin(0);
    bench.fail(0);
    assert.deepEqual([counted(metrics.outcomes), metrics.unanswered], [{}, 1]);
    copy.resolve(RETRIED);
    await copy.promise;
    await Promise.resolve();
    assert.deepEqual([counted(metrics.outcomes), metrics.unanswered], [{ retry: 1 }, 0]);
  });

  test('count a failure as lost if the channel closes before its copy is confirmed', async () => {
    const copy = deferred<FailureOutcome>();
    const { bench, metrics } = open({ outcomeOf: () => copy.promise });
    bench.receive();
    bench.begin(0);
    bench.fail(0);
    bench.loseChannel();
    copy.resolve(RETRIED);
    await copy.promise;
    await Promise.resolve();
    assert.deepEqual([counted(metrics.outcomes), counted(metrics.failures)], [{ lost: 1 }, { throw: 1 }]);
    assert.deepEqual([metrics.unanswered, metrics.done], [0, 0]);
  });

  test('count the end of a thread as death for the message that ran, and nothing for the others', () => {
    const { bench, metrics } = open({ outcomeOf: () => ({ kind: 'counted', deaths: 1, maxDeaths: 3 }) });
    bench.receive(2);
    bench.begin(0);
    bench.die(0);
    assert.deepEqual(counted(metrics.failures), { death: 1 });
    assert.deepEqual(counted(metrics.outcomes), { retry: 1, nack: 1 });
    assert.deepEqual([metrics.done, metrics.process.read().count], [0, 1]);
  });

  test('count the end of a thread at timeout.hard as hard_timeout for the message that ran too long', () => {
    const { bench, metrics } = open({ outcomeOf: () => RETRIED, timeouts: NEVER });
    bench.receive();
    bench.begin(0);
    bench.die(0, TIMEOUT);
    assert.deepEqual([counted(metrics.failures), counted(metrics.outcomes)], [{ hard_timeout: 1 }, { retry: 1 }]);
  });

  test('count a soft timeout without an outcome', () => {
    const { bench, metrics } = open();
    bench.receive();
    const delivery = bench.begin(0) ?? assert.fail();
    bench.feed.expired.emit({ delivery, slot: bench.slot(0) });
    assert.deepEqual([counted(metrics.failures), counted(metrics.outcomes)], [{ soft_timeout: 1 }, {}]);
  });

  test('count a Retry or Reject of the consumer as a failure', () => {
    const { bench, metrics } = open({ outcomeOf: () => RETRIED });
    bench.receive();
    bench.begin(0);
    bench.decide(0, { type: 'retry' });
    assert.deepEqual([counted(metrics.failures), counted(metrics.outcomes)], [{ throw: 1 }, { retry: 1 }]);
  });

  test('count lost messages, and no failure for a consumer that throws afterwards', () => {
    const { bench, metrics } = open();
    bench.receive(3);
    bench.begin(0);
    bench.loseChannel();
    assert.deepEqual([counted(metrics.outcomes), metrics.unanswered], [{ lost: 3 }, 0]);
    bench.fail(0);
    assert.deepEqual([counted(metrics.failures), counted(metrics.outcomes)], [{}, { lost: 3 }]);
    assert.equal(metrics.process.read().count, 1);
  });

  test('count messages that a stop gives back as nack, and not as done', () => {
    const { bench, metrics } = open();
    bench.receive(3);
    bench.begin(0);
    void bench.flow.drain();
    assert.deepEqual([counted(metrics.outcomes), metrics.done], [{ nack: 2 }, 0]);
    bench.finish(0);
    assert.deepEqual([counted(metrics.outcomes), metrics.done], [{ ack: 1, nack: 2 }, 1]);
  });
});

describe('the metrics of an entry with batches', () => {
  test('count messages, and the size of each batch once', (t) => {
    const { bench, metrics } = batches(t);
    bench.receive(6);
    assert.equal(bench.beginNext(0).length, 4);
    bench.finish(0);
    // More than the wait of the batch: times are fractions, so its timer may be rounded up.
    bench.nowMs += 101;
    t.mock.timers.tick(101);
    assert.equal(bench.beginNext(0).length, 2);
    bench.finish(0);
    assert.deepEqual(counted(metrics.outcomes), { ack: 6 });
    assert.equal(metrics.process.read().count, 6);
    const { count, sum } = metrics.batchSize.read();
    assert.deepEqual([count, sum], [2, 6]);
  });

  test('count each message of a batch that throws', (t) => {
    const { bench, metrics } = batches(t, { outcomeOf: () => RETRIED });
    bench.receive(4);
    bench.beginNext(0);
    bench.answer(0, 'ack');
    bench.fail(0);
    assert.deepEqual(counted(metrics.outcomes), { ack: 1, retry: 3 });
    assert.deepEqual([counted(metrics.failures), metrics.done], [{ throw: 3 }, 1]);
  });

  test('count a batch whose thread died', (t) => {
    const { bench, metrics } = batches(t, { outcomeOf: () => RETRIED });
    bench.receive(4);
    bench.beginNext(0);
    bench.die(0);
    const { count, sum } = metrics.batchSize.read();
    assert.deepEqual([count, sum, counted(metrics.failures)], [1, 4, { death: 4 }]);
  });
});
