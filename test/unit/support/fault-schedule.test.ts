import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { FaultSchedule } from '../../support/ledger/fault-schedule.js';

function draws(schedule: FaultSchedule): number[] {
  return Array.from({ length: 100 }, () => schedule.between(1, 6));
}

test('a schedule repeats with its seed, and differs with another', (t: TestContext) => {
  const first = draws(FaultSchedule.of(t, { TEST_SEED: '7' }));
  assert.deepEqual(draws(new FaultSchedule(7)), first);
  assert.notDeepEqual(draws(new FaultSchedule(8)), first);
  assert.deepEqual(new Set(first), new Set([1, 2, 3, 4, 5, 6]));
});

test('a seed that is not a number is refused', (t: TestContext) => {
  assert.throws(() => FaultSchedule.of(t, { TEST_SEED: 'soon' }), /TEST_SEED is no whole number: "soon"/);
});
