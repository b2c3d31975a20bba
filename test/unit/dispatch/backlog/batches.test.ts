import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { Batches, type BatchRule } from '../../../../src/dispatch/backlog/batches.js';
import type { Delivery, Slot } from '../../../../src/dispatch/delivery.js';
import { makeMessage } from '../fake-epoch.js';
import { makeDelivery } from '../fake-flow.js';
import { makeSlot } from '../stepped-worker.js';

const RULE: BatchRule = { size: 3, waitMs: 500, goesAlone: () => false };

/** Batches on slots that take and end them when the test says so, with a clock that the test moves. */
class Stage {
  readonly batches: Batches;
  readonly slots: readonly Slot[];
  /** Messages that the rate limit still admits. */
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

  /** The tags in a slot. */
  tags(slot = 0): number[] {
    return [...(this.slots[slot]?.handed ?? [])].map(({ message }) => message.deliveryTag);
  }

  /** The slot ends its batch. */
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
  test('leaves when it is full, in order of arrival', (t) => {
    const stage = new Stage(t);
    stage.add(2);
    assert.deepEqual(stage.tags(), []);
    stage.add(1);
    assert.deepEqual(stage.tags(), [1, 2, 3]);
    assert.equal(stage.batches.isEmpty, true);
  });

  test('leaves part-filled when its first message has waited long enough', (t) => {
    const stage = new Stage(t);
    stage.add(1);
    stage.pass(400);
    stage.add(1);
    stage.pass(99);
    assert.deepEqual(stage.tags(), []);
    stage.pass(1);
    assert.deepEqual(stage.tags(), [1, 2]);
  });

  test('waits from the arrival of its own first message', (t) => {
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

  test('fills alone when several slots are free', (t) => {
    const stage = new Stage(t, 3);
    stage.add(7);
    assert.deepEqual([stage.tags(0), stage.tags(1), stage.tags(2)], [[1, 2, 3], [4, 5, 6], []]);
  });

  test('leaves with the waiting messages when a slot becomes free after the wait', (t) => {
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

  test('goes to no slot that is down, stalled or busy', (t) => {
    const stage = new Stage(t, 4);
    const [down, stalled, busy] = stage.slots;
    assert.ok(down !== undefined && stalled !== undefined && busy !== undefined);
    down.isUp = false;
    stalled.stalled = true;
    busy.handed.push(makeDelivery());
    stage.add(3);
    assert.deepEqual(
      [0, 1, 3].map((slot) => stage.tags(slot).length),
      [0, 0, 3],
    );
  });

  test('begins with revoked messages, at their old age', (t) => {
    const stage = new Stage(t);
    stage.add(3);
    stage.add(1);
    const [taken] = stage.slots;
    assert.ok(taken !== undefined);
    stage.batches.putBack(taken.handed.take().slice(1));
    stage.batches.hand();
    assert.deepEqual(stage.tags(), [2, 3, 4]);
  });

  test('waits no longer than its first message, including time in a slot', (t) => {
    const stage = new Stage(t);
    stage.add(2);
    stage.pass(200);
    stage.add(1);
    assert.deepEqual(stage.tags(), [1, 2, 3]);
    stage.pass(250);
    stage.add(1);
    // The timer of the first has expired, and the next one is set for the fourth.
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

  test('drops the given messages, and asks no slot for them again', (t) => {
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
  test('fills with messages that have a token, and waits from the first of them', (t) => {
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

  test('takes no tokens beyond the next batch', (t) => {
    const stage = new Stage(t);
    stage.tokens = 100;
    stage.add(12, true);
    assert.equal(stage.tokens, 94, 'one batch runs, one is ready');
    stage.end();
    assert.equal(stage.tokens, 91);
  });
});

const goesAlone: BatchRule['goesAlone'] = ({ deliveryTag }) => deliveryTag % 4 === 2;

describe('a suspect message', () => {
  test('runs alone and at once, and the others fill their batch without it', (t) => {
    const stage = new Stage(t, 2, { goesAlone });
    stage.add(2);
    assert.deepEqual([stage.tags(0), stage.tags(1)], [[2], []]);
    stage.add(2);
    assert.deepEqual([stage.tags(0), stage.tags(1)], [[2], [1, 3, 4]]);
  });

  test('neither overtakes an older batch nor waits behind a younger one', (t) => {
    const stage = new Stage(t, 1, { goesAlone });
    stage.add(1);
    stage.add(1); // alone, and in the slot at once
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
