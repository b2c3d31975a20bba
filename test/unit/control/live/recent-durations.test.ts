import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { quantile, RecentDurations } from '../../../../src/control/live/recent-durations.js';
import { Histogram } from '../../../../src/metrics/histogram.js';

const BOUNDS = [1, 2, 4];

function counts(...observed: readonly number[]): Float64Array {
  const histogram = new Histogram(BOUNDS);
  for (const value of observed) histogram.observe(value);
  const into = new Float64Array(BOUNDS.length + 1);
  histogram.addTo(into);
  return into;
}

describe('a quantile of counts by bucket', () => {
  test('is interpolated within its bucket', () => {
    assert.equal(quantile(counts(3, 3, 3, 3), BOUNDS, 0.5), 3);
    assert.equal(quantile(counts(3, 3, 3, 3), BOUNDS, 0.25), 2.5);
    assert.equal(quantile(counts(0.5, 0.5, 3, 3), BOUNDS, 0.5), 1);
    assert.equal(quantile(counts(0.5, 3, 3, 3), BOUNDS, 0.95), 2 + (2.8 / 3) * 2);
  });

  test('is the highest bound for what is above it, and null for nothing', () => {
    assert.equal(quantile(counts(100, 200), BOUNDS, 0.5), 4);
    assert.equal(quantile(counts(), BOUNDS, 0.5), null);
  });
});

describe('recent durations', () => {
  test('are those of the last periods, however long it goes on', () => {
    const histogram = new Histogram(BOUNDS);
    const recent = new RecentDurations(2, BOUNDS.length + 1);
    const now = (): number[] => {
      const into = new Float64Array(BOUNDS.length + 1);
      recent.addTo(into);
      return [...into];
    };
    histogram.observe(1);
    assert.deepEqual(now(), [0, 0, 0, 0]);
    recent.sample(histogram);
    assert.deepEqual(now(), [0, 0, 0, 0], 'what was before the first sample is not recent');
    histogram.observe(2);
    recent.sample(histogram);
    histogram.observe(9);
    recent.sample(histogram);
    assert.deepEqual(now(), [0, 1, 0, 1]);
    recent.sample(histogram);
    assert.deepEqual(now(), [0, 0, 0, 1]);
    recent.sample(histogram);
    assert.deepEqual(now(), [0, 0, 0, 0]);
  });
});
