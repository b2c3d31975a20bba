import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TurnClock } from '../../../src/timing/index.js';

test('a turn clock stands still during a callback and moves on after it', async (t) => {
  let real = 5;
  t.mock.method(performance, 'now', () => real);
  const clock = new TurnClock();
  assert.equal(clock.nowMs(), 5);
  real = 8;
  assert.equal(clock.nowMs(), 5);
  await Promise.resolve();
  assert.equal(clock.nowMs(), 8);
});
