import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { DeliveryFlowOptions } from '../../../../src/dispatch/delivery-flow.js';
import type { BrokerTimeout } from '../../../../src/dispatch/limits/broker-timeout.js';
import type { FailureOutcome } from '../../../../src/failures/index.js';
import { deferred } from '../../../../src/timing/index.js';
import { Bench } from '../bench.js';

const CANCELS: BrokerTimeout = { ms: 2_000, isWritten: true, response: 'cancels', isCertain: true };
const REASON = 'the broker took it back: no answer within 2000 ms';

function open(threads: readonly number[], options: Pick<DeliveryFlowOptions, 'outcomeOf' | 'batch'> = {}): Bench {
  return new Bench(threads, { ...options, brokerTimeout: () => CANCELS });
}

/** The broker cancels the consumer. */
function cancel({ flow, epoch }: Bench): boolean {
  return flow.takeBack(epoch);
}

function named(bench: Bench, name: string): string[] {
  return bench.events.filter((event) => event.startsWith(`${name} `));
}

describe('a cancel by the broker over an unanswered message', () => {
  test('loses that message and aborts its signal; other running messages are answered', () => {
    const bench = open([0, 1]);
    bench.receive();
    bench.nowMs = 1_000;
    bench.receive();
    for (const slot of [0, 1]) bench.begin(slot);
    bench.nowMs = 2_001;
    assert.equal(cancel(bench), true);
    assert.deepEqual(
      bench.thread(0).aborted.map(({ reason }) => reason),
      [REASON],
    );
    assert.deepEqual(bench.thread(1).aborted, []);
    assert.deepEqual(named(bench, 'takenBack'), ['takenBack 1']);
    for (const slot of [0, 1]) bench.finish(slot);
    assert.deepEqual([...bench.epoch.answers], [[2, 'ack']]);
    assert.deepEqual([...bench.epoch.forgone], [1]);
    assert.equal(bench.flow.running, 0);
  });

  test('loses messages that waited behind it as long, without running or logging them', () => {
    const bench = open([0]);
    bench.receive(100);
    bench.begin(0);
    bench.nowMs = 1_500;
    bench.receive();
    bench.nowMs = 2_000;
    cancel(bench);
    assert.deepEqual(named(bench, 'takenBack'), ['takenBack 1']);
    assert.equal(named(bench, 'lost').length, 100);
    bench.finish(0);
    assert.equal(bench.begin(0)?.message.deliveryTag, 101);
    bench.finish(0);
    assert.deepEqual([...bench.epoch.answers], [[101, 'ack']]);
    assert.deepEqual(bench.epoch.violations, []);
  });

  test('includes a message that was briefly in transit, but none with time left', () => {
    const bench = open([0, 1]);
    bench.receive();
    bench.nowMs = 300;
    bench.receive();
    for (const slot of [0, 1]) bench.begin(slot);
    bench.nowMs = 1_810;
    cancel(bench);
    assert.deepEqual(named(bench, 'takenBack'), ['takenBack 1']);
  });

  test('keeps an earlier answer', () => {
    const bench = open([0]);
    bench.receive();
    bench.begin(0);
    bench.nowMs = 2_001;
    assert.equal(bench.answer(0, 'ack'), true);
    cancel(bench);
    bench.finish(0);
    assert.deepEqual([...bench.epoch.answers], [[1, 'ack']]);
    assert.deepEqual([named(bench, 'lost'), bench.epoch.violations], [[], []]);
  });

  test('is logged again for each message that times out later', () => {
    const bench = open([0, 1]);
    bench.receive();
    bench.nowMs = 1_000;
    bench.receive();
    for (const slot of [0, 1]) bench.begin(slot);
    for (bench.nowMs of [2_001, 3_001]) cancel(bench);
    assert.deepEqual(named(bench, 'takenBack'), ['takenBack 1', 'takenBack 2']);
    assert.deepEqual(
      [0, 1].map((slot) => bench.answer(slot, 'ack')),
      [false, false],
    );
  });

  test('loses the oldest message and its batch when none waited as long, because a policy may set less', () => {
    const bench = open([0, 1]);
    bench.receive(2);
    bench.nowMs = 10;
    bench.receive();
    bench.nowMs = 600;
    bench.receive(3);
    bench.begin(0);
    bench.begin(1);
    bench.nowMs = 1_000;
    bench.epoch.oldestOpen = 1;
    cancel(bench);
    assert.deepEqual(named(bench, 'lost').toSorted(), ['lost 1', 'lost 2', 'lost 3']);
    assert.deepEqual(
      bench.thread(0).aborted.map(({ reason }) => reason),
      ['the broker took it back: no answer within 1000 ms'],
    );
    // The limit is known by now, so the next oldest is not blamed.
    bench.epoch.oldestOpen = 4;
    bench.nowMs = 1_020;
    cancel(bench);
    assert.equal(named(bench, 'lost').length, 3);
    bench.nowMs = 1_600;
    cancel(bench);
    assert.equal(named(bench, 'lost').length, 6);
  });

  test('loses no message younger than the oldest when the file sets no limit, which may have been raised', () => {
    const bench = new Bench([0, 1], { brokerTimeout: () => ({ ...CANCELS, isWritten: false }) });
    bench.receive();
    bench.begin(0);
    bench.nowMs = 4_000;
    bench.receive();
    bench.begin(1);
    bench.nowMs = 10_000;
    bench.epoch.oldestOpen = 1;
    cancel(bench);
    assert.deepEqual(named(bench, 'lost'), ['lost 1']);
    bench.finish(1);
    assert.deepEqual([...bench.epoch.answers], [[2, 'ack']]);
  });

  test('returns unbegun messages once when the late one cannot be identified', () => {
    const bench = open([0]);
    bench.receive(3);
    bench.begin(0);
    bench.nowMs = 500;
    cancel(bench);
    assert.deepEqual(named(bench, 'released'), ['released 2', 'released 3']);
    bench.receive();
    cancel(bench);
    assert.equal(named(bench, 'released').length, 2);
    bench.finish(0);
    bench.begin(0);
    bench.finish(0);
    assert.deepEqual(
      [...bench.epoch.answers],
      [
        [2, 'nackRequeue'],
        [3, 'nackRequeue'],
        [1, 'ack'],
        [4, 'ack'],
      ],
    );
  });

  test('keeps the deliveries of another channel', () => {
    const bench = open([0]);
    bench.receive();
    bench.begin(0);
    bench.loseChannel();
    bench.receive(2);
    bench.nowMs = 2_001;
    const gone = bench.loseChannel();
    assert.equal(bench.flow.takeBack(gone), true);
    assert.deepEqual(named(bench, 'takenBack'), []);
  });

  test('loses a failed message that waits for its copy, because its answer would be too late', async () => {
    const copy = deferred<FailureOutcome>();
    const bench = open([0], { outcomeOf: () => copy.promise });
    bench.receive();
    bench.begin(0);
    bench.fail(0);
    bench.nowMs = 2_001;
    cancel(bench);
    copy.resolve({ kind: 'retried', attempt: 1, of: undefined, delayMs: 0 });
    await copy.promise;
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual([bench.epoch.answers.size, bench.flow.running], [0, 0]);
    assert.deepEqual(bench.epoch.violations, []);
  });

  test('loses a message held for its return', (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const bench = open([0]);
    // It returned once before, so its third return is held.
    for (let times = 2; times <= 3; times++) {
      bench.receiveAgain();
      bench.begin(0);
      bench.answer(0, 'rejectRequeue');
      bench.finish(0);
    }
    assert.equal(named(bench, 'held').length, 1);
    bench.nowMs = 2_001;
    cancel(bench);
    t.mock.timers.tick(2_000);
    assert.deepEqual([...bench.epoch.answers.keys()], [1]);
    assert.deepEqual([bench.epoch.violations, bench.flow.running], [[], 0]);
  });

  test('loses the messages of a batch that waited as long; the others are answered', () => {
    const bench = open([0], { batch: { size: 2, waitMs: 10_000, goesAlone: () => false } });
    bench.receive();
    bench.nowMs = 1_000;
    bench.receive();
    assert.equal(bench.beginNext(0).length, 2);
    bench.nowMs = 2_001;
    cancel(bench);
    bench.finish(0);
    assert.deepEqual([...bench.epoch.answers], [[2, 'ack']]);
    assert.equal(bench.flow.running, 0);
  });

  test('loses every cancelled message on a broker that closes channels or has no limit', () => {
    for (const timeout of [{ ...CANCELS, response: 'closes' } as const, undefined]) {
      const bench = new Bench([0], { brokerTimeout: () => timeout });
      bench.receive();
      bench.begin(0);
      bench.nowMs = 2_001;
      assert.equal(cancel(bench), false);
      assert.deepEqual(named(bench, 'lost'), []);
    }
  });
});
