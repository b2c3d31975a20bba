import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import type { ClaimId } from '../../../../src/bridge/index.js';
import type { Delivery, Slot } from '../../../../src/dispatch/delivery.js';
import { type TimeLimits, TimeoutWatch } from '../../../../src/dispatch/limits/timeout-watch.js';
import { collectGarbage } from '../../../../workers/heap/full-collection.js';
import { makeMessage } from '../fake-epoch.js';
import { makeDelivery } from '../fake-flow.js';
import { makeSlot, SteppedWorker } from '../stepped-worker.js';

const BROKER_TIMEOUT_MS = 30 * 60_000;

/** Slots on threads that do what the test says, and a clock that the test moves. */
class Stage {
  readonly slots: readonly Slot[];
  /** What the watch said: `soft 1`, `hard 2`, `near 3`. */
  readonly said: string[] = [];
  readonly begun = new Set<Delivery>();
  readonly watch: TimeoutWatch;
  private readonly workers = new Map<number, SteppedWorker>();
  brokerMs: number | undefined = BROKER_TIMEOUT_MS;
  private readonly t: TestContext;
  private nowMs = 0;

  constructor(t: TestContext, limits: TimeLimits, threads: readonly number[], batchSize?: number) {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    this.t = t;
    this.slots = threads.map((thread, slot) => makeSlot(slot, thread, batchSize));
    for (const thread of threads) this.startThread(thread);
    const say =
      (what: string) =>
      (_slot: Slot, { message }: Delivery) => {
        this.said.push(`${what} ${message.deliveryTag}`);
      };
    this.watch = new TimeoutWatch({
      slots: this.slots,
      limits,
      brokerMs: () => this.brokerMs,
      nowMs: () => this.nowMs,
      onSoft: say('soft'),
      onHard: say('hard'),
      onNearBrokerTimeout: say('near'),
    });
  }

  hand(slot: number, tag: number, isBegun = true): Delivery {
    const delivery = makeDelivery({ message: makeMessage(tag), receivedAtMs: this.nowMs });
    this.slot(slot).take(delivery, this.nowMs);
    if (isBegun) this.begin(delivery);
    this.watch.watch();
    return delivery;
  }

  begin(delivery: Delivery): void {
    const { thread } = delivery.slot ?? assert.fail();
    assert.ok(this.worker(thread).claims.begin(delivery.claim ?? assert.fail()));
    this.begun.add(delivery);
  }

  /** The first delivery of a slot has ended. */
  end(number: number): void {
    const slot = this.slot(number);
    const delivery = slot.handed.shift() ?? assert.fail();
    slot.link?.claims.close(delivery);
    this.begun.delete(delivery);
  }

  /** The consumer of a delivery has its thread to itself. */
  hold(thread: number, claimId: ClaimId | undefined): void {
    this.worker(thread).claims.enter(claimId ?? assert.fail());
  }

  /** A thread of its own, or another one in its place. */
  startThread(thread: number): void {
    const slots = this.slots.filter((slot) => slot.thread === thread);
    this.workers.set(thread, new SteppedWorker(slots));
  }

  slot(number: number): Slot {
    return this.slots[number] ?? assert.fail();
  }

  private worker(thread: number): SteppedWorker {
    return this.workers.get(thread) ?? assert.fail();
  }

  pass(ms: number, stepMs = 5): void {
    for (let left = ms; left > 0; left -= stepMs) {
      this.nowMs += stepMs;
      this.t.mock.timers.tick(stepMs);
    }
  }
}

/** One that was found running and has ended; what this returns does not hold it. */
function handAndEnd(stage: Stage): WeakRef<Delivery> {
  const delivery = stage.hand(0, 1);
  stage.pass(60_000, 1_000);
  stage.end(0);
  return new WeakRef(delivery);
}

/** A thread that a look has seen and that was replaced. */
function handAndReplace(stage: Stage): WeakRef<object> {
  stage.hand(0, 1);
  stage.pass(60_000, 1_000);
  const { link } = stage.slot(0);
  stage.startThread(0);
  return new WeakRef(link ?? assert.fail());
}

describe('the watch over how long consumers run', () => {
  for (const [what, end] of [
    ['message', handAndEnd],
    ['thread', handAndReplace],
  ] as const) {
    test(`holds no ${what} that has ended: the next look may be a minute away`, async (t) => {
      const stage = new Stage(t, {}, [0]);
      const seen = end(stage);
      // A WeakRef itself holds what it was made for until the turn has ended.
      await setImmediate();
      collectGarbage();
      assert.equal(seen.deref(), undefined);
    });
  }

  test('tells once when each limit has passed, and is late by a twentieth of the shorter one at most', (t) => {
    const stage = new Stage(t, { softMs: 1_000, hardMs: 2_000 }, [0]);
    const delivery = stage.hand(0, 1);
    stage.pass(1_000);
    assert.deepEqual(stage.said, []);
    stage.pass(100);
    assert.deepEqual(stage.said, ['soft 1']);
    stage.pass(1_000);
    assert.deepEqual(stage.said, ['soft 1', 'hard 1']);
    assert.equal(stage.watch.isCulprit(delivery), true);
    stage.pass(5_000);
    assert.equal(stage.said.length, 2);
  });

  test('starts the clock when the consumer begins, however long the message has waited', (t) => {
    const stage = new Stage(t, { hardMs: 1_000 }, [0]);
    const delivery = stage.hand(0, 1, false);
    stage.pass(5_000);
    stage.begin(delivery);
    stage.pass(1_000);
    assert.deepEqual(stage.said, []);
    stage.pass(150);
    assert.deepEqual(stage.said, ['hard 1']);
  });

  test('starts anew with the next message of a slot', (t) => {
    const stage = new Stage(t, { hardMs: 1_000 }, [0]);
    stage.hand(0, 1);
    stage.pass(900);
    stage.end(0);
    stage.hand(0, 2);
    stage.pass(900);
    assert.deepEqual(stage.said, []);
  });

  test('blames the one that blocks the thread, and none of those that cannot get on beside it', (t) => {
    const stage = new Stage(t, { hardMs: 1_000 }, [0, 0, 0, 1]);
    stage.hand(0, 1);
    stage.hand(1, 2);
    stage.hand(3, 4);
    stage.pass(800);
    const loop = stage.hand(2, 3);
    stage.hold(0, loop.claim);
    stage.pass(300);
    // Of another thread: its clock went on.
    assert.deepEqual(stage.said, ['hard 4']);
    stage.pass(900);
    assert.deepEqual(stage.said, ['hard 4', 'hard 3']);
    assert.deepEqual(
      [...stage.begun].map((each) => stage.watch.isCulprit(each)),
      [false, false, true, true],
    );
  });

  test('ends a loop that began in the same breath in which the message before it ended', (t) => {
    const stage = new Stage(t, { hardMs: 1_000 }, [0]);
    stage.hand(0, 1); // its end lies in the outbox of the thread that is blocked now
    const loop = stage.hand(0, 2);
    stage.hold(0, loop.claim);
    stage.pass(1_200);
    assert.deepEqual(stage.said, ['hard 2']);
  });

  test('charges nobody for the time in which the main thread itself stood still', (t) => {
    const stage = new Stage(t, { hardMs: 1_000 }, [0]);
    stage.hand(0, 1);
    stage.pass(500);
    stage.pass(60_000, 60_000);
    assert.deepEqual(stage.said, []);
  });

  test('is held up neither by a thread that is busy, one message after the other, nor by an entry without limits', (t) => {
    const stage = new Stage(t, { hardMs: 1_000 }, [0]);
    stage.hand(0, 1);
    for (let cell = 100; cell < 130; cell++) {
      stage.hold(0, { cell, generation: 1 });
      stage.pass(50);
    }
    assert.deepEqual(stage.said, ['hard 1']);
  });

  test('blames one of those that have all run for too long', (t) => {
    const stage = new Stage(t, { hardMs: 1_000 }, [0, 0]);
    stage.hand(0, 1);
    stage.pass(200);
    stage.hand(1, 2);
    stage.pass(3_000);
    assert.deepEqual(stage.said, ['hard 1']);
  });

  test('watches a batch as one, and blames all of it that have begun', (t) => {
    const stage = new Stage(t, { softMs: 500, hardMs: 1_000 }, [0, 1], 3);
    const batch = [1, 2, 3].map((tag) => stage.hand(0, tag, tag < 3));
    stage.pass(1_100);
    assert.deepEqual(stage.said, ['soft 2', 'hard 2']);
    assert.deepEqual(
      batch.map((each) => stage.watch.isCulprit(each)),
      [true, true, false],
    );
  });

  test('tells when a message nears the time that the broker waits for its answer, with or without limits', (t) => {
    const stage = new Stage(t, {}, [0]);
    stage.hand(0, 1);
    stage.pass(0.76 * BROKER_TIMEOUT_MS, 60_000);
    assert.deepEqual(stage.said, []);
    stage.pass(0.06 * BROKER_TIMEOUT_MS, 60_000);
    assert.deepEqual(stage.said, ['near 1']);
  });

  test('tells it of the one in a batch that has waited for so long, and of none that was answered', (t) => {
    const stage = new Stage(t, {}, [0, 1], 3);
    const answered = stage.hand(0, 1);
    const alone = stage.hand(1, 2);
    stage.pass(0.4 * BROKER_TIMEOUT_MS, 60_000);
    stage.hand(0, 3);
    stage.pass(0.36 * BROKER_TIMEOUT_MS, 60_000);
    stage.hand(0, 4);
    for (const delivery of [answered, alone]) delivery.state = 'settled';
    stage.pass(0.06 * BROKER_TIMEOUT_MS, 60_000);
    assert.deepEqual(stage.said, []);
    stage.pass(0.4 * BROKER_TIMEOUT_MS, 60_000);
    assert.deepEqual(stage.said, ['near 3']);
  });

  test('heeds the broker that it is connected to: it may wait for ever, and the next one may not', (t) => {
    const stage = new Stage(t, {}, [0]);
    stage.brokerMs = undefined;
    stage.hand(0, 1);
    stage.pass(2 * BROKER_TIMEOUT_MS, 60_000);
    assert.deepEqual(stage.said, []);
    stage.brokerMs = BROKER_TIMEOUT_MS;
    stage.pass(120_000, 60_000);
    assert.deepEqual(stage.said, ['near 1']);
  });
});
