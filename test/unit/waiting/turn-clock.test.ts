import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TurnClock } from '../../../src/waiting/index.js';

test('the clock of a turn stands still while a callback runs, and goes on behind it', async (t) => {
  let real = 5;
  t.mock.method(performance, 'now', () => real);
  const clock = new TurnClock();
  assert.equal(clock.nowMs(), 5);
  real = 8;
  assert.equal(clock.nowMs(), 5);
  await Promise.resolve();
  assert.equal(clock.nowMs(), 8);
});
