import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { fromSharedMs, toSharedMs } from '../../../src/timing/index.js';

const CLOCK = new URL('../../../src/timing/shared-clock.js', import.meta.url);

test('the shared clock reads the same in a thread that started later', async () => {
  const code = `
    const { parentPort } = require('node:worker_threads');
    import(${JSON.stringify(CLOCK.href)}).then(({ toSharedMs }) => parentPort.postMessage(toSharedMs(performance.now())));`;
  const before = toSharedMs(performance.now());
  const [shared] = await once(new Worker(code, { eval: true }), 'message');
  const after = toSharedMs(performance.now());
  // Two clocks are read one after the other, so allow for a pause between.
  assert.ok(before - 5 <= shared && shared <= after + 5, `${before} ≤ ${shared} ≤ ${after}`);
  const ms = fromSharedMs(before);
  assert.ok(Math.abs(toSharedMs(ms) - before) < 0.01);
});
