import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { RecentUtilization } from '../../../src/control/recent-utilization.js';
import type { GroupStatus, LoopTimes } from '../../../src/threads/index.js';

/** Threads of one group, whose loops the test moves, with the clock. */
class Group {
  readonly recent: RecentUtilization;
  private readonly loops = new Map<number, LoopTimes>();
  private nowMs = 1_000;
  private readonly t: TestContext;

  constructor(t: TestContext) {
    t.mock.timers.enable({ apis: ['setInterval'] });
    this.t = t;
    this.recent = new RecentUtilization({ groups: () => [this.status], nowMs: () => this.nowMs });
    this.recent.start();
    t.after(() => this.recent.stop());
  }

  get now(): readonly [share: number | null, seconds: number] {
    const { utilization, utilizationSeconds } = this.recent.of(this.status);
    return [utilization, utilizationSeconds];
  }

  startThread(threadId: number): void {
    this.loops.set(threadId, { active: 0, idle: 0 });
  }

  endThread(threadId: number): void {
    this.loops.delete(threadId);
  }

  /** @param shares in which each thread computes meanwhile; absent: none */
  pass(seconds: number, shares: Readonly<Record<number, number>> = {}): void {
    for (let left = seconds; left > 0; left--) {
      this.work(1_000, shares);
      this.t.mock.timers.tick(1_000);
    }
  }

  /** The main thread stalls: its timer is late. */
  stall(seconds: number, shares: Readonly<Record<number, number>>): void {
    this.work(seconds * 1_000, shares);
    this.t.mock.timers.tick(2_000);
  }

  private work(ms: number, shares: Readonly<Record<number, number>>): void {
    this.nowMs += ms;
    for (const [threadId, { active, idle }] of this.loops) {
      const share = shares[threadId] ?? 0;
      this.loops.set(threadId, { active: active + share * ms, idle: idle + (1 - share) * ms });
    }
  }

  private get status(): GroupStatus {
    const threads = [...this.loops].map(([threadId, loop], thread) => {
      return { thread, state: 'serving', replacingSinceMs: undefined, heap: undefined, threadId, loop } as const;
    });
    return { name: 'shared', threads, loops: [...this.loops.values()] };
  }
}

describe('the utilization of a group', () => {
  test('covers the last 10 to 12 s, not the day before', (t) => {
    const group = new Group(t);
    group.startThread(1);
    group.pass(86_400);
    assert.deepEqual(group.now, [0, 10]);
    group.pass(5, { 1: 1 });
    assert.deepEqual(group.now, [0.45, 11]);
    group.pass(7, { 1: 1 });
    assert.deepEqual(group.now, [1, 10]);
    group.pass(12);
    assert.deepEqual(group.now, [0, 10]);
  });

  test('is the same for everybody who asks: no question shortens the period of the next', (t) => {
    const group = new Group(t);
    group.startThread(1);
    group.pass(20, { 1: 0.5 });
    assert.deepEqual(group.now, [0.5, 10]);
    assert.deepEqual(group.now, [0.5, 10]);
  });

  test('covers the time since the start at first', (t) => {
    const group = new Group(t);
    assert.deepEqual(group.now, [null, 0]);
    group.startThread(1);
    group.pass(3, { 1: 1 });
    assert.deepEqual(group.now, [1, 3]);
  });

  test('is the mean of the threads', (t) => {
    const group = new Group(t);
    for (const threadId of [1, 2, 3, 4]) group.startThread(threadId);
    group.pass(20, { 2: 1, 3: 0.2 });
    assert.deepEqual(group.now, [0.3, 10]);
  });

  test('counts the replacement of a thread from its start, and the dead one no more', (t) => {
    const group = new Group(t);
    group.startThread(1);
    group.startThread(2);
    group.pass(20, { 1: 1 });
    group.endThread(1);
    group.startThread(3);
    assert.deepEqual(group.now, [0, 10]);
    group.pass(4, { 3: 1 });
    assert.deepEqual(group.now, [0.29, 10], '4 of 14 s');
    group.endThread(2);
    group.endThread(3);
    assert.deepEqual(group.now, [null, 10]);
  });

  test('names the real period when the main thread has stalled', (t) => {
    const group = new Group(t);
    group.startThread(1);
    group.pass(20);
    group.stall(40, { 1: 1 });
    assert.deepEqual(group.now, [0.83, 48]);
  });

  test('takes no sample after the stop', (t) => {
    const group = new Group(t);
    group.startThread(1);
    group.pass(20);
    group.recent.stop();
    group.pass(20);
    assert.deepEqual(group.now, [0, 30]);
  });
});
