import assert from 'node:assert/strict';
import { test } from 'node:test';
import { slopeOf } from '../../../benchmark/statistics/slope.js';

test('points on a line have the slope of the line', () => {
  const points = [2, 4, 8].map((x) => ({ x, y: 100 - 3 * x }));
  assert.ok(Math.abs(slopeOf(points) + 3) < 1e-9);
});

test('errors that cancel out leave the slope unchanged', () => {
  const points = [
    { x: 0, y: 1 },
    { x: 0, y: -1 },
    { x: 10, y: 21 },
    { x: 10, y: 19 },
  ];
  assert.equal(slopeOf(points), 2);
});

test('points with the same x have no slope', () => {
  assert.throws(() => slopeOf([]), RangeError);
  const one = { x: 1, y: 1 };
  assert.throws(() => slopeOf([one, { ...one, y: 2 }]), RangeError);
});
