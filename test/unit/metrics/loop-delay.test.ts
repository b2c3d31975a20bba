import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LoopDelay } from '../../../src/metrics/loop-delay.js';

test('the loop delay is how late each timer was, until it stops', (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] });
  let nowMs = 0;
  const loop = new LoopDelay(() => nowMs);
  loop.start();
  for (const tookMs of [100, 350, 90]) {
    nowMs += tookMs;
    t.mock.timers.tick(100);
  }
  loop.stop();
  t.mock.timers.tick(1_000);
  const { count, sum } = loop.delay.read();
  assert.deepEqual([count, sum], [3, 0.25]);
});
