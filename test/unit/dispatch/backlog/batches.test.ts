import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { Batches, type BatchRule } from '../../../../src/dispatch/backlog/batches.js';
import type { Delivery, Slot } from '../../../../src/dispatch/delivery.js';
import { makeMessage } from '../fake-epoch.js';
import { makeDelivery } from '../fake-flow.js';
import { makeSlot } from '../stepped-worker.js';

const RULE: BatchRule = { size: 3, waitMs: 500, goesAlone: () => false };

/** Batches on slots that take them and end them when the test says so, and a clock that the test moves. */
class Stage {
  readonly batches: Batches;
  readonly slots: readonly Slot[];
  /** Messages that may still begin by the rate limit. */
  tokens = Number.POSITIVE_INFINITY;
  private readonly t: TestContext;
  private nowMs = 1_000;
  private nextTag = 1;

  constructor(t: TestContext, slots = 1, rule: Partial<BatchRule> = {}) {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    this.t = t;
    this.slots = Array.from({ length: slots }, (_, slot) => makeSlot(slot, slot, RULE.size));
    const ports = {
      slots: this.slots,
      leastBusy: () => assert.fail('a batch goes to a slot that has nothing to do'),
      offer: (delivery: Delivery, slot: Slot) => void slot.handed.push(delivery),
      isAllowed: (delivery: Delivery) => this.allow(delivery),
    };
    this.batches = new Batches(ports, { ...RULE, ...rule }, () => this.nowMs);
  }

  add(count: number, isLimited = false): void {
    for (let left = count; left > 0; left--) {
      const message = makeMessage(this.nextTag++);
      this.batches.add(makeDelivery({ message, receivedAtMs: this.nowMs, isAllowed: !isLimited }));
    }
  }

  pass(ms: number): void {
    this.nowMs += ms;
    this.t.mock.timers.tick(ms);
  }

  /** The tags that are with a slot. */
  tags(slot = 0): number[] {
    return [...(this.slots[slot]?.handed ?? [])].map(({ message }) => message.deliveryTag);
  }

  /** The slot ends what it has. */
  end(slot = 0): readonly Delivery[] {
    const ended = this.slots[slot]?.handed.take() ?? [];
    this.batches.hand();
    return ended;
  }

  private allow(delivery: Delivery): boolean {
    if (delivery.isAllowed || this.tokens < 1) return delivery.isAllowed;
    this.tokens--;
    delivery.isAllowed = true;
    return true;
  }
}

describe('a batch', () => {
  test('goes when it is full, in the order in which its messages came', (t) => {
    const stage = new Stage(t);
    stage.add(2);
    assert.deepEqual(stage.tags(), []);
    stage.add(1);
    assert.deepEqual(stage.tags(), [1, 2, 3]);
    assert.equal(stage.batches.isEmpty, true);
  });

  test('goes half full when its first message has waited for long enough, whatever came later', (t) => {
    const stage = new Stage(t);
    stage.add(1);
    stage.pass(400);
    stage.add(1);
    stage.pass(99);
    assert.deepEqual(stage.tags(), []);
    stage.pass(1);
    assert.deepEqual(stage.tags(), [1, 2]);
  });

  test('waits from when its own first message came, not from when one before it did', (t) => {
    const stage = new Stage(t, 2);
    stage.add(1);
    stage.pass(300);
    stage.add(3);
    assert.deepEqual([stage.tags(0), stage.tags(1)], [[1, 2, 3], []]);
    stage.pass(499);
    assert.deepEqual(stage.tags(1), []);
    stage.pass(1);
    assert.deepEqual(stage.tags(1), [4]);
  });

  test('fills up alone where several slots are free', (t) => {
    const stage = new Stage(t, 3);
    stage.add(7);
    assert.deepEqual([stage.tags(0), stage.tags(1), stage.tags(2)], [[1, 2, 3], [4, 5, 6], []]);
  });

  test('goes with what there is, up to its size, when a slot gets free only after the wait', (t) => {
    const stage = new Stage(t);
    stage.add(3);
    stage.add(2);
    stage.pass(600);
    stage.add(3);
    assert.deepEqual(stage.tags(), [1, 2, 3]);
    stage.end();
    assert.deepEqual(stage.tags(), [4, 5, 6]);
    stage.end();
    assert.deepEqual(stage.tags(), [], 'the last two have just come');
    stage.pass(500);
    assert.deepEqual(stage.tags(), [7, 8]);
  });

  test('goes to no slot that is down, stalled, or has something still', (t) => {
    const stage = new Stage(t, 4);
    const [down, stalled, busy] = stage.slots;
    assert.ok(down !== undefined && stalled !== undefined && busy !== undefined);
    down.up = false;
    stalled.stalled = true;
    busy.handed.push(makeDelivery());
    stage.add(3);
    assert.deepEqual(
      [0, 1, 3].map((slot) => stage.tags(slot).length),
      [0, 0, 3],
    );
  });

  test('has what was taken back in front, as old as it is', (t) => {
    const stage = new Stage(t);
    stage.add(3);
    stage.add(1);
    const [taken] = stage.slots;
    assert.ok(taken !== undefined);
    stage.batches.putBack(taken.handed.take().slice(1));
    stage.batches.hand();
    assert.deepEqual(stage.tags(), [2, 3, 4]);
  });

  test('waits no longer than the first of it, also when that was with a slot meanwhile', (t) => {
    const stage = new Stage(t);
    stage.add(2);
    stage.pass(200);
    stage.add(1);
    assert.deepEqual(stage.tags(), [1, 2, 3]);
    stage.pass(250);
    stage.add(1);
    // The timer of the first is over, and the next one is set for the fourth.
    stage.pass(100);
    const [taken] = stage.slots;
    assert.ok(taken !== undefined);
    stage.batches.putBack(taken.handed.take().slice(2));
    stage.batches.hand();
    stage.pass(149);
    assert.deepEqual(stage.tags(), []);
    stage.pass(1);
    assert.deepEqual(stage.tags(), [3, 4]);
  });

  test('forgets those that are meant, and asks no slot for them any more', (t) => {
    const stage = new Stage(t);
    stage.add(2);
    const forgotten = stage.batches.remove(({ message }) => message.deliveryTag === 1);
    assert.deepEqual(
      forgotten.map(({ message }) => message.deliveryTag),
      [1],
    );
    stage.pass(500);
    assert.deepEqual(stage.tags(), [2]);
  });
});

describe('a batch under a rate limit', () => {
  test('fills with what has its token, and waits from the first of those on', (t) => {
    const stage = new Stage(t);
    stage.tokens = 0;
    stage.add(5, true);
    stage.pass(5_000);
    assert.deepEqual(stage.tags(), []);
    stage.tokens = 1;
    stage.batches.hand();
    stage.pass(400);
    stage.tokens = 1;
    stage.batches.hand();
    assert.deepEqual(stage.tags(), []);
    stage.pass(100);
    assert.deepEqual(stage.tags(), [1, 2]);
  });

  test('takes no tokens beyond the batch that goes next', (t) => {
    const stage = new Stage(t);
    stage.tokens = 100;
    stage.add(12, true);
    assert.equal(stage.tokens, 94, 'one batch runs, one is ready');
    stage.end();
    assert.equal(stage.tokens, 91);
  });
});

const goesAlone: BatchRule['goesAlone'] = ({ deliveryTag }) => deliveryTag % 4 === 2;

describe('a message that is under suspicion', () => {
  test('goes alone and at once, and the others fill their batch without it', (t) => {
    const stage = new Stage(t, 2, { goesAlone });
    stage.add(2);
    assert.deepEqual([stage.tags(0), stage.tags(1)], [[2], []]);
    stage.add(2);
    assert.deepEqual([stage.tags(0), stage.tags(1)], [[2], [1, 3, 4]]);
  });

  test('neither pushes in front of a batch that is older, nor waits behind one that is younger', (t) => {
    const stage = new Stage(t, 1, { goesAlone });
    stage.add(1);
    stage.add(1); // alone, and with the slot at once
    stage.add(8); // 6 and 10 go alone
    stage.end();
    assert.deepEqual(stage.tags(), [1, 3, 4]);
    stage.end();
    assert.deepEqual(stage.tags(), [5, 7, 8]);
    stage.end();
    assert.deepEqual(stage.tags(), [6]);
    stage.end();
    assert.deepEqual(stage.tags(), [10]);
  });
});
