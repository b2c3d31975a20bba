import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MessageBatch } from '../../../../src/broker/queue-reader/message-batch.js';

const LONG_MS = 60_000;

test('a batch is filled when all that was asked for is there', async () => {
  const batch = new MessageBatch<string>(2, LONG_MS);
  batch.add('a');
  batch.add('b');
  await batch.filled();
  assert.deepEqual(batch.messages, ['a', 'b']);
});

test('a batch ends with what it has when nothing more comes', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const batch = new MessageBatch<string>(2, LONG_MS);
  batch.add('a');
  t.mock.timers.tick(LONG_MS);
  await batch.filled();
  assert.deepEqual(batch.messages, ['a']);
});

test('a batch that fails says why, also when nobody waited for it yet', async () => {
  const batch = new MessageBatch<string>(2, LONG_MS);
  batch.fail(new Error('the channel was closed'));
  await assert.rejects(batch.filled(), /the channel was closed/);
});
