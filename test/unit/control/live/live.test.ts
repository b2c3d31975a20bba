import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { EntrySettings } from '../../../../src/control/entry-settings.js';
import { Live } from '../../../../src/control/live/live.js';
import type { LiveEntry, LiveReport, LiveThread } from '../../../../src/control/live/live-report.js';
import type { EntryMetrics } from '../../../../src/metrics/entry-metrics.js';
import type { LoopTimes, ThreadStatus } from '../../../../src/threads/index.js';
import { Bench } from '../../dispatch/bench.js';
import { observedEntry } from '../../metrics/observed-entry.js';

interface Stage {
  readonly live: Live;
  readonly bench: Bench;
  readonly metrics: EntryMetrics;
  /** Its timers are those of the mocked clock. */
  readonly pass: (ms: number) => void;
  /** The timer fires once, `ms` after it last did. */
  readonly stall: (ms: number) => void;
  readonly setThread: (threadId: number | undefined, loop: LoopTimes | undefined) => void;
}

/** One entry with one slot, on thread 0, and a clock that the test moves. */
function open(t: TestContext): Stage {
  t.mock.timers.enable({ apis: ['setInterval'] });
  const clock = { ms: 1_000 };
  let thread: ThreadStatus = {
    thread: 0,
    state: 'serving',
    replacingSinceMs: undefined,
    heap: { usedMb: 20, limitMb: 100, externalMb: 0 },
    threadId: 7,
    loop: { active: 0, idle: 0 },
  };
  const bench = new Bench([0], { outcomeOf: () => ({ kind: 'requeued' }) });
  const entry = observedEntry(bench, () => clock.ms);
  const live = new Live({
    entries: [entry],
    connection: { isConnected: true, lastError: undefined, server: undefined, subscriptions: [] },
    publisher: { isConnected: true, isBlocked: false },
    settings: new EntrySettings([{ ...entry, log: { level: 'info' } }]),
    groups: () => [{ name: 'shared', threads: [thread], loops: [] }],
    phase: () => 'running',
    version: '1.2.3',
    nowMs: () => clock.ms,
    wallMs: () => clock.ms + 5_000_000,
  });
  t.after(() => live.stop());
  const pass = (ms: number): void => {
    for (let left = ms; left > 0; left -= 1_000) {
      clock.ms += Math.min(1_000, left);
      t.mock.timers.tick(Math.min(1_000, left));
    }
  };
  const stall = (ms: number): void => {
    clock.ms += ms;
    t.mock.timers.tick(1_000);
  };
  return {
    live,
    bench,
    metrics: entry.metrics,
    pass,
    stall,
    setThread: (threadId, loop) => (thread = { ...thread, threadId, loop }),
  };
}

function entryOf({ entries: [entry] }: LiveReport): LiveEntry {
  return entry ?? assert.fail('the report has no entry');
}

function threadOf({ threads: [thread] }: LiveReport): LiveThread {
  return thread ?? assert.fail('the report has no thread');
}

function work(bench: Bench, messages: number): void {
  for (let left = messages; left > 0; left--) {
    bench.receive();
    bench.begin(0);
    bench.finish(0);
  }
}

describe('the live report', () => {
  test('has the rates since the sample before, and none at first', (t) => {
    const { live, bench, pass } = open(t);
    work(bench, 5);
    const first = live.read();
    assert.deepEqual([first.overMs, first.at, entryOf(first).done, entryOf(first).doneRate], [null, 5_001_000, 5, 0]);
    work(bench, 3);
    bench.receive();
    bench.begin(0);
    bench.fail(0);
    bench.slot(0).goUp();
    pass(1_000);
    const second = live.read();
    const { done, failed, doneRate, failedRate } = entryOf(second);
    assert.deepEqual([second.overMs, done, failed, doneRate, failedRate], [1_000, 8, 1, 3, 1]);
    pass(1_000);
    assert.deepEqual([entryOf(live.read()).doneRate, entryOf(live.read()).failedRate], [0, 0]);
  });

  test('divides by the time that has passed, not by a second', (t) => {
    const { live, bench, stall } = open(t);
    live.read();
    work(bench, 10);
    stall(4_000);
    assert.deepEqual([live.read().overMs, entryOf(live.read()).doneRate], [4_000, 2.5]);
  });

  test('has p50 and p95 of the messages that ended within the last 10 samples', (t) => {
    const { live, metrics, pass } = open(t);
    metrics.process.observe(1_000);
    assert.equal(entryOf(live.read()).p50Ms, null, 'it ended before somebody looked');
    for (let left = 90; left > 0; left--) metrics.process.observe(0.0005);
    for (let left = 10; left > 0; left--) metrics.process.observe(0.08);
    pass(1_000);
    const { p50Ms, p95Ms } = entryOf(live.read());
    assert.deepEqual([p50Ms, p95Ms], [0.56, 75]);
    for (let left = 9; left > 0; left--) {
      pass(1_000);
      assert.equal(entryOf(live.read()).p95Ms, 75);
    }
    pass(1_000);
    assert.deepEqual([entryOf(live.read()).p50Ms, entryOf(live.read()).p95Ms], [null, null]);
  });

  test('has the utilization of each thread since the sample before, and of a replacement since its start', (t) => {
    const { live, pass, setThread } = open(t);
    setThread(7, { active: 9_000, idle: 1_000 });
    assert.equal(threadOf(live.read()).utilization, 0.9);
    setThread(7, { active: 9_250, idle: 1_750 });
    pass(1_000);
    assert.equal(threadOf(live.read()).utilization, 0.25);
    setThread(7, undefined);
    pass(1_000);
    assert.equal(threadOf(live.read()).utilization, null);
    setThread(8, { active: 100, idle: 100 });
    pass(1_000);
    assert.equal(threadOf(live.read()).utilization, 0.5);
  });

  test('has the running messages and the heap of each thread', (t) => {
    const { live, bench } = open(t);
    bench.receive(2);
    bench.begin(0);
    assert.deepEqual(threadOf(live.read()), {
      thread: 0,
      group: 'shared',
      state: 'serving',
      heapUsedMb: 20,
      heapLimitMb: 100,
      utilization: null,
      running: 1,
    });
  });
});

describe('the sampling', () => {
  test('begins with the first reader, and ends 10 s after the last one', (t) => {
    const { live, bench, pass } = open(t);
    live.read();
    pass(9_000);
    live.read();
    work(bench, 7);
    pass(10_000);
    assert.notEqual(live.read().overMs, null);
    pass(11_000);
    assert.equal(live.read().overMs, null, 'nobody asked for 10 s');
  });

  test('tells a watcher at once and then with each sample, until it ends', (t) => {
    const { live, pass } = open(t);
    const seen: number[] = [];
    const end = live.watch(({ at }) => seen.push(at - 5_000_000));
    const endOther = live.watch(() => undefined);
    assert.deepEqual(seen, [1_000]);
    pass(2_000);
    assert.deepEqual(seen, [1_000, 2_000, 3_000]);
    end();
    pass(1_000);
    assert.equal(seen.length, 3);
    endOther();
    assert.equal(live.read().overMs, null, 'the last watcher ended it');
  });

  test('keeps no history unless asked, and then the last 300 points', (t) => {
    const { live, bench, metrics, pass } = open(t);
    live.read();
    pass(3_000);
    assert.deepEqual(live.history(), []);
    live.keepHistory();
    work(bench, 4);
    bench.receive(3);
    bench.begin(0);
    pass(1_000);
    const [point] = live.history();
    assert.equal(metrics.done, 4);
    assert.deepEqual(
      { ...point, p50Ms: 0, p95Ms: 0 },
      {
        at: 5_005_000,
        doneRate: 4,
        failedRate: 0,
        running: 1,
        waiting: 2,
        p50Ms: 0,
        p95Ms: 0,
      },
    );
    pass(299_000);
    assert.deepEqual([live.history().length, live.history()[0]?.at], [300, 5_005_000]);
    pass(1_000);
    assert.deepEqual([live.history().length, live.history()[0]?.at], [300, 5_006_000]);
    assert.equal(live.history()[0]?.p50Ms !== null, true, 'the 10 s reach over the first point');
  });
});
