import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { mergeSamples, parseSamples, type Sample } from '../../../benchmark/statistics/samples.js';

/** Samples of one thread, every `everyMs`. The process is on the processor half of the time, its main thread a tenth. */
function samplesOf({ from, everyMs, count }: { from: number; everyMs: number; count: number }): Sample[] {
  return Array.from({ length: count }, (_, index) => {
    const atMs = from + index * everyMs;
    return { atMs, cpuMicroseconds: atMs * 500, mainCpuMicroseconds: atMs * 100 };
  });
}

describe('mergeSamples and parseSamples', () => {
  test('measure the rate of one thread between its first and last measured message', () => {
    const samples = samplesOf({ from: 1000, everyMs: 10, count: 30 });
    // 10 messages a sample, 10 ms a sample: one message each millisecond.
    const figures = mergeSamples(samples, { sampleEvery: 10, warmUp: 100, messages: 200 });
    assert.deepEqual(figures, { rate: 1000, cpuMicroseconds: 500, mainCpuMicroseconds: 100 });
  });

  test('add up the rates of two threads, however the messages are split', () => {
    const slow = samplesOf({ from: 1000, everyMs: 30, count: 11 });
    const quick = samplesOf({ from: 1005, everyMs: 10, count: 31 });
    const figures = mergeSamples([...slow, ...quick], { sampleEvery: 10, warmUp: 40, messages: 360 });
    // 10 messages each 30 ms, and 10 each 10 ms.
    assert.equal(Math.round(figures?.rate ?? 0), 1333);
  });

  test('give no result before the last measured message has begun', () => {
    const samples = samplesOf({ from: 0, everyMs: 10, count: 29 });
    assert.equal(mergeSamples(samples, { sampleEvery: 10, warmUp: 100, messages: 200 }), undefined);
  });

  test('ignore the warm-up', () => {
    const warmUp = samplesOf({ from: 0, everyMs: 1000, count: 10 });
    const measured = samplesOf({ from: 9010, everyMs: 10, count: 20 });
    const figures = mergeSamples([...warmUp, ...measured], { sampleEvery: 10, warmUp: 100, messages: 200 });
    assert.equal(figures?.rate, 1000);
  });

  test("leave the main thread's time unknown if the system does not report it", () => {
    const samples = samplesOf({ from: 0, everyMs: 1, count: 3 }).map(({ atMs, cpuMicroseconds }) => ({
      atMs,
      cpuMicroseconds,
    }));
    assert.equal(mergeSamples(samples, { sampleEvery: 1, warmUp: 1, messages: 2 })?.mainCpuMicroseconds, undefined);
  });

  test('skip a line that is still being written', () => {
    const text =
      '{"atMs":1,"cpuMicroseconds":2,"mainCpuMicroseconds":3}\n{"atMs":4,"cpuMicroseconds":5}\n{"atMs":6,"cpu';
    assert.deepEqual(parseSamples(text), [
      { atMs: 1, cpuMicroseconds: 2, mainCpuMicroseconds: 3 },
      { atMs: 4, cpuMicroseconds: 5 },
    ]);
  });
});
