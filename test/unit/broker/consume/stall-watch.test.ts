import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { StallWatch } from '../../../../src/broker/consume/stall-watch.js';

const LIMIT_MS = 10_000;

function watching(t: TestContext, surroundings: { hungry?: boolean; ready?: number } = {}) {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const state = { hungry: true, ready: 5, ...surroundings };
  const stalls: number[] = [];
  const watch = new StallWatch({
    limitMs: LIMIT_MS,
    wantsDeliveries: () => state.hungry,
    countReady: async () => state.ready,
    onStall: (ready) => {
      stalls.push(ready);
      watch.start();
    },
  });
  watch.start();
  /** Lets time pass and pending checks settle. */
  async function pass(ms: number): Promise<void> {
    t.mock.timers.tick(ms);
    await new Promise((resolve) => setImmediate(resolve));
  }
  return { watch, state, stalls, pass };
}

describe('a subscription', () => {
  test('without deliveries, although it is ready and messages wait, has stalled', async (t) => {
    const { stalls, pass } = watching(t);
    await pass(LIMIT_MS);
    assert.deepEqual(stalls, []);
    await pass(1_000);
    assert.deepEqual(stalls, [5]);
  });

  test('with a delivery in time, or with the remaining messages in transit, has not stalled', async (t) => {
    const { watch, stalls, pass } = watching(t);
    await pass(LIMIT_MS - 1);
    watch.hear();
    await pass(1 + 1_000);
    await pass(LIMIT_MS - 1_000);
    watch.hear();
    await pass(1_000);
    assert.deepEqual(stalls, []);
  });

  test('with no free instance, or with an empty queue, has not stalled', async (t) => {
    for (const quiet of [{ hungry: false }, { ready: 0 }]) {
      const { watch, stalls, pass } = watching(t, quiet);
      for (let round = 0; round < 3; round++) await pass(LIMIT_MS + 1_000);
      assert.deepEqual(stalls, []);
      watch.stop();
      t.mock.timers.reset();
    }
  });

  test('that stalls for a legitimate reason is checked less and less often until it delivers', async (t) => {
    const { watch, stalls, pass } = watching(t);
    await pass(LIMIT_MS);
    await pass(1_000);
    await pass(LIMIT_MS);
    await pass(1_000);
    assert.equal(stalls.length, 1);
    await pass(LIMIT_MS - 1_000);
    await pass(1_000);
    assert.equal(stalls.length, 2);
    watch.hear();
    watch.start();
    await pass(LIMIT_MS);
    await pass(1_000);
    assert.equal(stalls.length, 3);
  });

  test('that stops during the check is left alone', async (t) => {
    const { watch, stalls, pass } = watching(t);
    t.mock.timers.tick(LIMIT_MS);
    watch.stop();
    await pass(0);
    await pass(1_000);
    assert.deepEqual(stalls, []);
  });
});
