import assert from 'node:assert/strict';
import { test } from 'node:test';
import { percentile } from '../../../benchmark/statistics/percentile.js';

const HUNDRED = Array.from({ length: 100 }, (_, index) => 100 - index);

test('a percentile is a figure that was measured, whatever the order', () => {
  assert.equal(percentile(HUNDRED, 50), 50);
  assert.equal(percentile(HUNDRED, 99), 99);
  assert.equal(percentile([3, 1, 2], 50), 2);
});

test('the ends are the lowest and the highest figure', () => {
  assert.equal(percentile(HUNDRED, 0), 1);
  assert.equal(percentile(HUNDRED, 100), 100);
  assert.equal(percentile([7], 99), 7);
});

test('there is no percentile of nothing', () => {
  assert.throws(() => percentile([], 50), RangeError);
});
