import assert from 'node:assert/strict';
import { test } from 'node:test';
import { percentile } from '../../../benchmark/statistics/percentile.js';

const HUNDRED = Array.from({ length: 100 }, (_, index) => 100 - index);

test('a percentile is a measured value, whatever the order', () => {
  assert.equal(percentile(HUNDRED, 50), 50);
  assert.equal(percentile(HUNDRED, 99), 99);
  assert.equal(percentile([3, 1, 2], 50), 2);
});

test('percentiles 0 and 100 are the lowest and the highest value', () => {
  assert.equal(percentile(HUNDRED, 0), 1);
  assert.equal(percentile(HUNDRED, 100), 100);
  assert.equal(percentile([7], 99), 7);
});

test('an empty list has no percentile', () => {
  assert.throws(() => percentile([], 50), RangeError);
});
