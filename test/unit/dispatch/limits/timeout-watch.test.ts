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

/** Slots on threads that the test controls, and a clock that the test moves. */
class Stage {
  readonly slots: readonly Slot[];
  /** The reports of the watch: `soft 1`, `hard 2`, `near 3`. */
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

  /** The consumer of a delivery blocks its thread. */
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

/** A delivery that the watch saw running and that has ended; the result does not retain it. */
function handAndEnd(stage: Stage): WeakRef<Delivery> {
  const delivery = stage.hand(0, 1);
  stage.pass(60_000, 1_000);
  stage.end(0);
  return new WeakRef(delivery);
}

/** A thread that the watch saw and that was replaced. */
function handAndReplace(stage: Stage): WeakRef<object> {
  stage.hand(0, 1);
  stage.pass(60_000, 1_000);
  const { link } = stage.slot(0);
  stage.startThread(0);
  return new WeakRef(link ?? assert.fail());
}

describe('the timeout watch', () => {
  for (const [what, end] of [
    ['message', handAndEnd],
    ['thread', handAndReplace],
  ] as const) {
    test(`keeps no ended ${what}, although the next check may be a minute away`, async (t) => {
      const stage = new Stage(t, {}, [0]);
      const seen = end(stage);
      // A WeakRef retains its target until the end of the turn.
      await setImmediate();
      collectGarbage();
      assert.equal(seen.deref(), undefined);
    });
  }

  test('reports each limit once, late by a twentieth of the shorter one at most', (t) => {
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

  test('restarts with the next message of a slot', (t) => {
    const stage = new Stage(t, { hardMs: 1_000 }, [0]);
    stage.hand(0, 1);
    stage.pass(900);
    stage.end(0);
    stage.hand(0, 2);
    stage.pass(900);
    assert.deepEqual(stage.said, []);
  });

  test('blames the message that blocks the thread, and none that is blocked beside it', (t) => {
    const stage = new Stage(t, { hardMs: 1_000 }, [0, 0, 0, 1]);
    stage.hand(0, 1);
    stage.hand(1, 2);
    stage.hand(3, 4);
    stage.pass(800);
    const loop = stage.hand(2, 3);
    stage.hold(0, loop.claim);
    stage.pass(300);
    // It is on another thread, whose clock went on.
    assert.deepEqual(stage.said, ['hard 4']);
    stage.pass(900);
    assert.deepEqual(stage.said, ['hard 4', 'hard 3']);
    assert.deepEqual(
      [...stage.begun].map((each) => stage.watch.isCulprit(each)),
      [false, false, true, true],
    );
  });

  test('ends a loop that began in the same turn in which the previous message ended', (t) => {
    const stage = new Stage(t, { hardMs: 1_000 }, [0]);
    stage.hand(0, 1); // its end waits in the outbox of the blocked thread
    const loop = stage.hand(0, 2);
    stage.hold(0, loop.claim);
    stage.pass(1_200);
    assert.deepEqual(stage.said, ['hard 2']);
  });

  test('does not count time in which the main thread itself was blocked', (t) => {
    const stage = new Stage(t, { hardMs: 1_000 }, [0]);
    stage.hand(0, 1);
    stage.pass(500);
    stage.pass(60_000, 60_000);
    assert.deepEqual(stage.said, []);
  });

  test('is not delayed by a busy thread or by an entry without limits', (t) => {
    const stage = new Stage(t, { hardMs: 1_000 }, [0]);
    stage.hand(0, 1);
    for (let cell = 100; cell < 130; cell++) {
      stage.hold(0, { cell, generation: 1 });
      stage.pass(50);
    }
    assert.deepEqual(stage.said, ['hard 1']);
  });

  test('blames one of the messages that have all run too long', (t) => {
    const stage = new Stage(t, { hardMs: 1_000 }, [0, 0]);
    stage.hand(0, 1);
    stage.pass(200);
    stage.hand(1, 2);
    stage.pass(3_000);
    assert.deepEqual(stage.said, ['hard 1']);
  });

  test('watches a batch as a whole, and blames every begun message', (t) => {
    const stage = new Stage(t, { softMs: 500, hardMs: 1_000 }, [0, 1], 3);
    const batch = [1, 2, 3].map((tag) => stage.hand(0, tag, tag < 3));
    stage.pass(1_100);
    assert.deepEqual(stage.said, ['soft 2', 'hard 2']);
    assert.deepEqual(
      batch.map((each) => stage.watch.isCulprit(each)),
      [true, true, false],
    );
  });

  test("reports a message near the broker's time limit, with or without limits of its own", (t) => {
    const stage = new Stage(t, {}, [0]);
    stage.hand(0, 1);
    stage.pass(0.76 * BROKER_TIMEOUT_MS, 60_000);
    assert.deepEqual(stage.said, []);
    stage.pass(0.06 * BROKER_TIMEOUT_MS, 60_000);
    assert.deepEqual(stage.said, ['near 1']);
  });

  test('reports the batch message that has waited as long, and none that was answered', (t) => {
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

  test('follows the limit of the connected broker, which may change at a reconnect', (t) => {
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
