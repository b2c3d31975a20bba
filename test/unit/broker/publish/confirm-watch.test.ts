import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { ConfirmWatch } from '../../../../src/broker/publish/confirm-watch.js';

const LIMIT_MS = 10_000;

function watching(t: TestContext) {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const state = { waiting: true, could: true, stalls: 0 };
  const watch = new ConfirmWatch({
    limitMs: LIMIT_MS,
    isWaiting: () => state.waiting,
    couldAnswer: () => state.could,
    onStall: () => {
      state.stalls++;
    },
  });
  watch.sent();
  return { watch, state, pass: (ms: number): void => t.mock.timers.tick(ms) };
}

describe('a publish connection', () => {
  test('without confirms for the limit, while publishes wait, has stalled', (t) => {
    const { state, pass } = watching(t);
    pass(LIMIT_MS - 1);
    assert.equal(state.stalls, 0);
    pass(1);
    assert.equal(state.stalls, 1);
  });

  test('with occasional confirms has not stalled, however much waits', (t) => {
    const { watch, state, pass } = watching(t);
    for (let count = 0; count < 20; count++) {
      pass(LIMIT_MS / 2);
      watch.heard();
      watch.sent();
    }
    assert.equal(state.stalls, 0);
  });

  test('that is down or blocked by the broker has not stalled', (t) => {
    const { watch, state, pass } = watching(t);
    state.could = false;
    pass(5 * LIMIT_MS);
    state.could = true;
    watch.heard(); // it confirms again
    pass(LIMIT_MS - 1);
    assert.equal(state.stalls, 0);
    pass(1);
    pass(LIMIT_MS);
    assert.equal(state.stalls, 1);
  });

  test('is not watched while nothing waits', (t) => {
    const { watch, state, pass } = watching(t);
    state.waiting = false;
    pass(5 * LIMIT_MS);
    state.waiting = true;
    watch.sent();
    pass(LIMIT_MS - 1);
    assert.equal(state.stalls, 0);
  });
});
