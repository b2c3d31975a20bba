import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Air } from '../../../src/dead/air.js';

/** True when the promise has resolved by the end of this turn. */
async function isDone(promise: Promise<void>): Promise<boolean> {
  const waiting = new Promise<boolean>((resolve) => setImmediate(resolve, false));
  return Promise.race([promise.then(() => true), waiting]);
}

test('a message waits while too many, or too large ones, are in the air', async () => {
  const air = new Air({ messages: 2, bytes: 100 });
  await air.lift(10);
  await air.lift(10);
  const third = air.lift(10);
  assert.equal(await isDone(third), false);
  air.land(10);
  assert.equal(await isDone(third), true);
  air.land(10);
  const large = air.lift(95);
  assert.equal(await isDone(large), false);
  air.land(10);
  assert.equal(await isDone(large), true);
});

test('a message that is larger than all of the room goes alone', async () => {
  const air = new Air({ messages: 2, bytes: 100 });
  await air.lift(1_000);
  const empty = air.empty();
  assert.equal(await isDone(empty), false);
  air.land(1_000);
  assert.equal(await isDone(empty), true);
});

test('nobody waits for what is abandoned', async () => {
  const air = new Air({ messages: 1, bytes: 100 });
  await air.lift(1);
  const waiting = [air.lift(1), air.empty()];
  air.abandon();
  await Promise.all(waiting);
  await air.lift(1);
  assert.equal(air.size, 3);
});
