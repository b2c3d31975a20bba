import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deferred, unlessAborted } from '../../../src/timing/index.js';

test('work that ends before the abort settles as it is', async () => {
  const { signal } = new AbortController();
  assert.equal(await unlessAborted(Promise.resolve(7), signal), 7);
  await assert.rejects(unlessAborted(Promise.reject(new Error('failed')), signal), /failed/);
});

test('work that never ends is given up with the reason of the abort, before or after it began', async () => {
  const losing = new AbortController();
  const pending = unlessAborted(deferred().promise, losing.signal);
  losing.abort(new Error('the channel has gone'));
  await assert.rejects(pending, /the channel has gone/);
  await assert.rejects(unlessAborted(deferred().promise, losing.signal), /the channel has gone/);
});
