import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MessageBatch } from '../../../../src/broker/queue-reader/message-batch.js';

const LONG_MS = 60_000;

test('a batch is complete when every requested message has arrived', async () => {
  const batch = new MessageBatch<string>(2, LONG_MS);
  batch.add('a');
  batch.add('b');
  await batch.filled();
  assert.deepEqual(batch.messages, ['a', 'b']);
});

test('a batch ends with its messages so far when no more arrive', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const batch = new MessageBatch<string>(2, LONG_MS);
  batch.add('a');
  t.mock.timers.tick(LONG_MS);
  await batch.filled();
  assert.deepEqual(batch.messages, ['a']);
});

test('a failed batch reports its error, also before anyone waits for it', async () => {
  const batch = new MessageBatch<string>(2, LONG_MS);
  batch.fail(new Error('the channel was closed'));
  await assert.rejects(batch.filled(), /the channel was closed/);
});
