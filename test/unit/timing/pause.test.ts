import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { describe, test } from 'node:test';
import { deferred, pause } from '../../../src/timing/index.js';

async function isPending(promise: Promise<unknown>): Promise<boolean> {
  const pending = Symbol('pending');
  return (await Promise.race([promise, new Promise((resolve) => setImmediate(resolve, pending))])) === pending;
}

describe('a pause', () => {
  test('lasts its time and not less', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const { signal } = new AbortController();
    const paused = pause(1_000, signal);
    t.mock.timers.tick(999);
    assert.equal(await isPending(paused), true);
    t.mock.timers.tick(1);
    await paused;
    assert.equal(getEventListeners(signal, 'abort').length, 0);
  });

  test('ends early when the signal aborts, and leaves no timer', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const cleared = t.mock.method(globalThis, 'clearTimeout');
    const controller = new AbortController();
    const paused = pause(1_000, controller.signal);
    assert.equal(await isPending(paused), true);
    controller.abort();
    await paused;
    assert.equal(cleared.mock.callCount(), 1);
    assert.equal(getEventListeners(controller.signal, 'abort').length, 0);
  });

  test('ends early when any of several signals aborts, and removes its listeners from all', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const [first, second] = [new AbortController(), new AbortController()];
    const paused = pause(1_000, first.signal, second.signal);
    second.abort();
    await paused;
    assert.equal(getEventListeners(first.signal, 'abort').length, 0);
    assert.equal(getEventListeners(second.signal, 'abort').length, 0);
  });

  test('does not begin when a signal has aborted before', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    await pause(1_000, new AbortController().signal, AbortSignal.abort());
  });
});

describe('a deferred promise', () => {
  test('is settled from outside', async () => {
    const good = deferred<number>();
    const bad = deferred();
    assert.equal(await isPending(good.promise), true);
    good.resolve(7);
    bad.reject(new Error('refused'));
    assert.equal(await good.promise, 7);
    await assert.rejects(bad.promise, { message: 'refused' });
  });
});
