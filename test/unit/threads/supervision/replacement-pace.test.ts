import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ReplacementPace } from '../../../../src/threads/supervision/replacement-pace.js';

const HEALTHY_MS = 10_000;

test('the first death is replaced at once, however early', () => {
  const pace = new ReplacementPace(() => 0.5);
  pace.serves(0);
  pace.died(1);
  assert.equal(pace.firstMs(), 0);
});

test('deaths in a row wait longer and longer', () => {
  const pace = new ReplacementPace(() => 0.5);
  const waits = [1, 2, 3, 4].map((nowMs) => {
    pace.serves(nowMs);
    pace.died(nowMs);
    return pace.firstMs();
  });
  assert.deepEqual(waits, [0, 50, 100, 200]);
});

test('a failed replacement delays the next one, even if the death itself did not', () => {
  const pace = new ReplacementPace(() => 0.5);
  pace.serves(0);
  pace.died(1);
  assert.deepEqual([pace.firstMs(), pace.nextMs(), pace.nextMs()], [0, 50, 100]);
});

test('a thread that served long enough is replaced at once, and the waits start again', () => {
  const pace = new ReplacementPace(() => 0.5);
  for (const nowMs of [1, 2, 3]) {
    pace.serves(nowMs);
    pace.died(nowMs);
    pace.firstMs();
  }
  pace.died(3 + HEALTHY_MS);
  assert.equal(pace.firstMs(), 0);
  pace.serves(4 + HEALTHY_MS);
  pace.died(5 + HEALTHY_MS);
  assert.equal(pace.firstMs(), 50);
});
