import assert from 'node:assert/strict';
import { test } from 'node:test';
import { InFlightLimit } from '../../../src/dead/replay/in-flight-limit.js';

/** True when the promise has resolved by the end of this turn. */
async function isDone(promise: Promise<void>): Promise<boolean> {
  const waiting = new Promise<boolean>((resolve) => setImmediate(resolve, false));
  return Promise.race([promise.then(() => true), waiting]);
}

test('a message waits while too many messages or bytes are in flight', async () => {
  const limit = new InFlightLimit({ messages: 2, bytes: 100 });
  await limit.acquire(10);
  await limit.acquire(10);
  const third = limit.acquire(10);
  assert.equal(await isDone(third), false);
  limit.release(10);
  assert.equal(await isDone(third), true);
  limit.release(10);
  const large = limit.acquire(95);
  assert.equal(await isDone(large), false);
  limit.release(10);
  assert.equal(await isDone(large), true);
});

test('a message larger than the whole limit goes alone', async () => {
  const limit = new InFlightLimit({ messages: 2, bytes: 100 });
  await limit.acquire(1_000);
  const empty = limit.drained();
  assert.equal(await isDone(empty), false);
  limit.release(1_000);
  assert.equal(await isDone(empty), true);
});

test('nobody waits for messages after abandon', async () => {
  const limit = new InFlightLimit({ messages: 1, bytes: 100 });
  await limit.acquire(1);
  const waiting = [limit.acquire(1), limit.drained()];
  limit.abandon();
  await Promise.all(waiting);
  await limit.acquire(1);
  assert.equal(limit.size, 3);
});
