import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Lap, mergeLaps, parseLaps } from '../../../benchmark/statistics/samples.js';

/** Laps of one thread, one each `everyMs`, of which its process spends half on the processor and its main thread a tenth. */
function lapsOf({ from, everyMs, count }: { from: number; everyMs: number; count: number }): Lap[] {
  return Array.from({ length: count }, (_, index) => {
    const atMs = from + index * everyMs;
    return { atMs, cpuMicroseconds: atMs * 500, mainCpuMicroseconds: atMs * 100 };
  });
}

describe('laps', () => {
  test('of one thread make its rate between the first measured message and the last', () => {
    const laps = lapsOf({ from: 1000, everyMs: 10, count: 30 });
    // 10 messages a lap, 10 ms a lap: one message each millisecond.
    const figures = mergeLaps(laps, { lapEvery: 10, warmUp: 100, messages: 200 });
    assert.deepEqual(figures, { rate: 1000, cpuMicroseconds: 500, mainCpuMicroseconds: 100 });
  });

  test('of two threads add up, whatever each had of the messages', () => {
    const slow = lapsOf({ from: 1000, everyMs: 30, count: 11 });
    const quick = lapsOf({ from: 1005, everyMs: 10, count: 31 });
    const figures = mergeLaps([...slow, ...quick], { lapEvery: 10, warmUp: 40, messages: 360 });
    // 10 messages each 30 ms, and 10 each 10 ms.
    assert.equal(Math.round(figures?.rate ?? 0), 1333);
  });

  test('make nothing before the last measured message has begun', () => {
    const laps = lapsOf({ from: 0, everyMs: 10, count: 29 });
    assert.equal(mergeLaps(laps, { lapEvery: 10, warmUp: 100, messages: 200 }), undefined);
  });

  test('leave out what the warm-up took', () => {
    const warmUp = lapsOf({ from: 0, everyMs: 1000, count: 10 });
    const measured = lapsOf({ from: 9010, everyMs: 10, count: 20 });
    const figures = mergeLaps([...warmUp, ...measured], { lapEvery: 10, warmUp: 100, messages: 200 });
    assert.equal(figures?.rate, 1000);
  });

  test('know nothing of the main thread where the system does not tell', () => {
    const laps = lapsOf({ from: 0, everyMs: 1, count: 3 }).map(({ atMs, cpuMicroseconds }) => ({
      atMs,
      cpuMicroseconds,
    }));
    assert.equal(mergeLaps(laps, { lapEvery: 1, warmUp: 1, messages: 2 })?.mainCpuMicroseconds, undefined);
  });

  test('are read from lines, but for one that is still being written', () => {
    const text =
      '{"atMs":1,"cpuMicroseconds":2,"mainCpuMicroseconds":3}\n{"atMs":4,"cpuMicroseconds":5}\n{"atMs":6,"cpu';
    assert.deepEqual(parseLaps(text), [
      { atMs: 1, cpuMicroseconds: 2, mainCpuMicroseconds: 3 },
      { atMs: 4, cpuMicroseconds: 5 },
    ]);
  });
});
