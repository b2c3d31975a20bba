import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LogCredit } from '../../../../src/bridge/index.js';

test('lines in transit are counted in memory that both threads share', () => {
  const main = new LogCredit();
  const worker = new LogCredit(main.memory);
  for (let round = 0; round < 3; round++) {
    for (let count = 0; count < 512; count++) worker.take();
    for (let count = 0; count < 512; count++) main.give();
  }
  assert.equal(new Int32Array(main.memory)[0], 0);
});
