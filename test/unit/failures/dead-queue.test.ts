import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DeadQueue } from '../../../src/failures/dead-queue.js';
import { wireMessage } from '../../support/wire-message.js';

async function declared(type: string | undefined): Promise<unknown> {
  let seen: unknown;
  const queue = new DeadQueue({
    queue: 'q',
    type,
    publish: () => Promise.resolve(),
    ensureQueue: (name, args) => {
      seen = [name, args];
      return Promise.resolve();
    },
  });
  await queue.putAside(wireMessage(), {});
  return seen;
}

test('a dead queue is of the type of its queue, and a quorum queue does not drop what is looked at often', async () => {
  const quorum = { 'x-queue-type': 'quorum', 'x-delivery-limit': 2_147_483_647 };
  assert.deepEqual(await declared('quorum'), ['q.dead', quorum]);
  for (const type of ['classic', undefined]) {
    assert.deepEqual(await declared(type), ['q.dead', { 'x-queue-type': 'classic' }]);
  }
});
