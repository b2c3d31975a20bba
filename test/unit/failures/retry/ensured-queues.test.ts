import assert from 'node:assert/strict';
import { test } from 'node:test';
import { oncePerQueue } from '../../../../src/failures/retry/ensured-queues.js';

test('concurrent requests for a queue share one, and a later request asks again', async () => {
  const asked: string[] = [];
  const ensure = oncePerQueue(async (queue) => void asked.push(queue));
  await Promise.all(['a', 'a', 'b', 'a'].map(async (queue) => ensure(queue, {})));
  assert.deepEqual(asked, ['a', 'b']);
  await ensure('a', {});
  assert.deepEqual(asked, ['a', 'b', 'a']);
});

test('a refusal reaches every caller and is not remembered', async () => {
  let refuses = true;
  const ensure = oncePerQueue(async () => {
    if (refuses) throw new Error('refused');
  });
  const all = await Promise.allSettled([ensure('a', {}), ensure('a', {})]);
  assert.ok(all.every(({ status }) => status === 'rejected'));
  refuses = false;
  await ensure('a', {});
});
