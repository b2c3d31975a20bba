import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { BackOff, RETRY_LIMITS } from '../../../src/timing/index.js';

const LIMITS = { firstMs: 100, longestMs: 1_000 };

function waits(backOff: BackOff, count: number): number[] {
  return Array.from({ length: count }, () => backOff.nextMs());
}

describe('a back-off', () => {
  test('doubles its bound up to the longest wait', () => {
    assert.deepEqual(waits(new BackOff(LIMITS, () => 1), 6), [100, 200, 400, 800, 1_000, 1_000]);
  });

  test('may wait 1 ms at any attempt, because the jitter is full', () => {
    assert.deepEqual(waits(new BackOff(LIMITS, () => 0), 4), [1, 1, 1, 1]);
  });

  test('takes a random share of the bound', () => {
    assert.deepEqual(waits(new BackOff(LIMITS, () => 0.5), 5), [50, 100, 200, 400, 500]);
  });

  test('starts again with a short wait after a success', () => {
    const backOff = new BackOff(LIMITS, () => 1);
    waits(backOff, 5);
    backOff.reset();
    assert.deepEqual(waits(backOff, 2), [100, 200]);
  });

  test('stays between 1 ms and 30 s, even after thousands of attempts', () => {
    fc.assert(
      fc.property(fc.nat(3_000), fc.double({ min: 0, max: 1, noNaN: true }), (attempts, chance) => {
        const last = waits(new BackOff(RETRY_LIMITS, () => chance), attempts + 1).at(-1) ?? -1;
        assert.ok(last >= 1 && last <= 30_000, `${last} ms`);
        assert.ok(last <= 100 * 2 ** attempts, `${last} ms at attempt ${attempts}`);
      }),
      { numRuns: 50 },
    );
  });
});
