import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import type { DeliveryFlowOptions } from '../../../../src/dispatch/delivery-flow.js';
import type { FailureOutcome } from '../../../../src/failures/index.js';
import { deferred } from '../../../../src/timing/index.js';
import { Bench } from '../bench.js';

type Judging = Pick<DeliveryFlowOptions, 'outcomeOf'>;

/** A flow on a clock that the test moves, which receives the same message again and again. */
class Stage {
  readonly bench: Bench;
  private readonly t: TestContext;

  constructor(t: TestContext, options: Judging = {}) {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    this.t = t;
    this.bench = new Bench([0, 1], options);
  }

  /** The message is delivered again and begins; returns its tag. */
  come(): number {
    const { bench } = this;
    const tag = bench.receiveAgain();
    assert.equal(bench.begin(0)?.message.deliveryTag, tag);
    return tag;
  }

  /** The message is delivered again and fails; returns its tag. */
  fail(): number {
    const tag = this.come();
    this.bench.fail(0);
    this.bench.flow.slotUp(this.bench.slot(0));
    return tag;
  }

  /** Fails so often that the next return is held. */
  failOften(times: number): void {
    for (let left = times; left > 0; left--) {
      const tag = this.fail();
      this.pass(1_000);
      assert.equal(this.answerTo(tag), 'rejectRequeue');
    }
  }

  answerTo(tag: number): string | undefined {
    return this.bench.epoch.answers.get(tag);
  }

  pass(ms: number): void {
    this.bench.nowMs += ms;
    this.t.mock.timers.tick(ms);
  }
}

/** Milliseconds until the message with this tag is answered. */
function heldMs(stage: Stage, tag: number): number {
  let ms = 0;
  for (; stage.answerTo(tag) === undefined && ms <= 2_000; ms++) stage.pass(1);
  return ms;
}

describe('a message that is returned again and again', () => {
  test('returns at once at first, then later and later, up to a second', (t) => {
    const stage = new Stage(t);
    const waits = Array.from({ length: 11 }, () => heldMs(stage, stage.fail()));
    // All of them are redeliveries, so the first one is the second return.
    assert.deepEqual(waits, [0, 10, 20, 40, 80, 160, 320, 640, 1_000, 1_000, 1_000]);
  });

  test('is held up to a fifth less, at random', (t) => {
    const stage = new Stage(t);
    stage.failOften(12);
    stage.bench.random = 1;
    assert.equal(heldMs(stage, stage.fail()), 800);
  });

  test('is not held for the time that it took to fail', (t) => {
    const stage = new Stage(t);
    stage.failOften(12);
    const slow = stage.come();
    stage.pass(600);
    stage.bench.fail(0);
    stage.bench.flow.slotUp(stage.bench.slot(0));
    assert.equal(heldMs(stage, slow), 400);
    const slower = stage.come();
    stage.pass(1_000);
    stage.bench.fail(0);
    assert.equal(stage.answerTo(slower), 'rejectRequeue');
  });

  test('frees its slot while it is held', (t) => {
    const stage = new Stage(t);
    stage.failOften(12);
    const held = stage.fail();
    stage.bench.receive(2);
    for (const slot of [0, 1]) {
      stage.bench.begin(slot);
      stage.bench.finish(slot);
    }
    assert.deepEqual(
      [held, held + 1, held + 2].map((tag) => stage.answerTo(tag)),
      [undefined, 'ack', 'ack'],
    );
  });

  test('starts again without a delay after it was done in between', (t) => {
    const stage = new Stage(t);
    stage.failOften(12);
    stage.come();
    stage.bench.finish(0);
    assert.equal(heldMs(stage, stage.fail()), 0);
  });

  for (const answer of ['nackRequeue', 'rejectRequeue'] as const) {
    test(`is held when its consumer returns it by an answer: ${answer}`, (t) => {
      const stage = new Stage(t);
      for (let left = 12; left > 0; left--) {
        stage.come();
        stage.bench.answer(0, answer);
        stage.bench.finish(0);
        stage.pass(1_000);
      }
      const tag = stage.come();
      stage.bench.answer(0, answer);
      assert.deepEqual([stage.answerTo(tag), stage.bench.flow.running], [undefined, 2]);
      stage.bench.finish(0);
      assert.deepEqual([stage.bench.tags(0), stage.bench.flow.running], [[], 1]);
      stage.pass(1_000);
      assert.deepEqual([stage.answerTo(tag), stage.bench.flow.running], [answer, 0]);
      assert.deepEqual(stage.bench.epoch.violations, []);
    });
  }

  test('is held while its consumer goes on, and a later throw or death is no second failure', (t) => {
    for (const end of ['fail', 'die'] as const) {
      const decided: number[] = [];
      const decide = ({ deliveryTag }: { deliveryTag: number }): FailureOutcome => {
        decided.push(deliveryTag);
        return { kind: 'discarded', reason: 'rejected', attempt: 1, deaths: 0 };
      };
      const stage = new Stage(t, { outcomeOf: decide });
      for (let left = 12; left > 0; left--) {
        stage.come();
        stage.bench.answer(0, 'nackRequeue');
        stage.bench.finish(0);
        stage.pass(1_000);
      }
      const tag = stage.come();
      stage.bench.answer(0, 'nackRequeue');
      stage.bench[end](0);
      assert.deepEqual([decided, stage.answerTo(tag)], [[], undefined]);
      stage.pass(1_000);
      assert.equal(stage.answerTo(tag), 'nackRequeue');
      t.mock.timers.reset();
    }
  });

  test('is held when it kills its thread with unlimited deaths', (t) => {
    const stage = new Stage(t);
    stage.failOften(12);
    const tag = stage.come();
    stage.bench.die(0);
    assert.equal(heldMs(stage, tag), 1_000);
  });

  test('is held before an immediate copy that its consumer requested', async (t) => {
    const copies: number[] = [];
    const copy = deferred<FailureOutcome>();
    const decide = ({ deliveryTag }: { deliveryTag: number }): FailureOutcome | Promise<FailureOutcome> => {
      copies.push(deliveryTag);
      return copies.length > 12 ? copy.promise : { kind: 'retried', attempt: 1, of: undefined, delayMs: 0 };
    };
    const stage = new Stage(t, { outcomeOf: decide });
    const retry = (): number => {
      const tag = stage.come();
      stage.bench.decide(0, { type: 'retry', delayMs: 0 });
      return tag;
    };
    for (let left = 12; left > 0; left--) {
      retry();
      stage.pass(1_000);
    }
    const tag = retry();
    assert.deepEqual([copies.length, stage.bench.flow.running], [12, 1]);
    stage.pass(1_000);
    assert.deepEqual([copies.length, stage.answerTo(tag)], [13, undefined]);
    copy.resolve({ kind: 'retried', attempt: 1, of: undefined, delayMs: 0 });
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual([stage.answerTo(tag), stage.bench.flow.running], ['ack', 0]);
  });
});

describe('a held message', () => {
  test('returns at once when the daemon stops, without delaying it', async (t) => {
    const stage = new Stage(t);
    stage.failOften(12);
    const held = stage.fail();
    const running = stage.come();
    const drained = stage.bench.flow.drain();
    assert.equal(stage.answerTo(held), 'rejectRequeue');
    stage.bench.fail(0);
    assert.equal(stage.answerTo(running), 'rejectRequeue');
    await drained;
  });

  test('is lost with its channel, and answered on no other', (t) => {
    const stage = new Stage(t);
    stage.failOften(12);
    const held = stage.fail();
    const gone = stage.bench.loseChannel();
    assert.equal(stage.bench.flow.running, 0);
    stage.pass(1_000);
    assert.deepEqual([gone.answers.has(held), stage.answerTo(held), gone.violations], [false, undefined, []]);
    assert.deepEqual(stage.bench.events.filter((event) => event.endsWith(` ${held}`)).slice(-2), [
      `held ${held}`,
      `lost ${held}`,
    ]);
  });

  test('keeps its memory until it is answered', (t) => {
    const stage = new Stage(t);
    stage.failOften(12);
    const tag = stage.bench.receiveAgain();
    const delivery = stage.bench.begin(0);
    const released = t.mock.method(delivery?.message ?? assert.fail(), 'release');
    stage.bench.fail(0);
    assert.equal(released.mock.callCount(), 1, 'its thread alone has released it');
    stage.pass(1_000);
    assert.deepEqual([released.mock.callCount(), stage.answerTo(tag)], [2, 'rejectRequeue']);
  });

  test('accepts no second answer from its thread', (t) => {
    const stage = new Stage(t);
    stage.failOften(12);
    const tag = stage.bench.receiveAgain();
    const delivery = stage.bench.begin(0);
    assert.ok(delivery !== undefined);
    for (const answer of ['rejectRequeue', 'ack', 'rejectDrop', 'nackRequeue'] as const) {
      delivery.reported({ answer, hasEnded: false });
    }
    stage.pass(1_000);
    assert.deepEqual([stage.answerTo(tag), stage.bench.epoch.violations], ['rejectRequeue', []]);
  });
});
