import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Histogram } from '../../../src/metrics/histogram.js';

describe('a histogram', () => {
  test('counts a value up to every bound that it does not exceed', () => {
    const histogram = new Histogram([1, 5, 10]);
    for (const value of [0.5, 1, 1.01, 5, 10, 11, 1_000]) histogram.observe(value);
    const { bounds, cumulative, count, sum } = histogram.read();
    assert.deepEqual([bounds, cumulative, count], [[1, 5, 10], [2, 4, 5], 7]);
    assert.equal(sum.toFixed(2), '1028.51');
  });

  test('is zero before the first value', () => {
    assert.deepEqual(new Histogram([1, 2]).read(), { bounds: [1, 2], cumulative: [0, 0], count: 0, sum: 0 });
  });

  test('leaves an earlier reading as it was', () => {
    const histogram = new Histogram([1]);
    const before = histogram.read();
    histogram.observe(0);
    assert.deepEqual([before.count, before.cumulative], [0, [0]]);
  });
});
