import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DeadQueue } from '../../../src/failures/dead-queue.js';
import { decodeFieldTable, type Publish, RECORD_HEADERS } from '../../../src/protocol/index.js';
import { wireMessage } from '../../support/wire-message.js';

async function declared(type: string | undefined): Promise<unknown> {
  let seen: unknown;
  const queue = new DeadQueue({
    queue: 'q',
    type,
    consumer: 'C',
    host: 'h',
    publish: () => Promise.resolve(),
    ensureQueue: (name, args) => {
      seen = [name, args];
      return Promise.resolve();
    },
    now: () => new Date(0),
  });
  await queue.putAside(wireMessage(), {}, { reason: 'exhausted', error: new Error('e') });
  return seen;
}

test('a dead queue is of the type of its queue, and a quorum queue does not drop what is looked at often', async () => {
  const quorum = { 'x-queue-type': 'quorum', 'x-delivery-limit': 2_147_483_647 };
  assert.deepEqual(await declared('quorum'), ['q.dead', quorum]);
  for (const type of ['classic', undefined]) {
    assert.deepEqual(await declared(type), ['q.dead', { 'x-queue-type': 'classic' }]);
  }
});

test('what is put aside has the causes and the errors of its error in its headers, a long stack beside a short one', async () => {
  const published: Publish[] = [];
  const queue = new DeadQueue({
    queue: 'q',
    type: undefined,
    consumer: 'C',
    host: 'h',
    publish: async (publish) => void published.push(publish),
    ensureQueue: () => Promise.resolve(),
    now: () => new Date(0),
  });
  const long = Object.assign(new Error('one'), { stack: `Error: one\n${'    at far away\n'.repeat(10_000)}` });
  const error = new AggregateError([long, new Error('two', { cause: new Error('root') })], 'all failed');
  await queue.putAside(wireMessage(), {}, { reason: 'exhausted', error });
  const headers = decodeFieldTable(published[0]?.headers ?? Buffer.alloc(0));
  assert.equal(headers[RECORD_HEADERS.cause], 'all failed: one, two');
  const stack = headers[RECORD_HEADERS.stack];
  assert.ok(typeof stack === 'string' && Buffer.byteLength(stack) <= 8192);
  for (const part of [
    'AggregateError: all failed',
    'error 1 of 2: Error: one',
    'error 2 of 2: Error: two',
    'caused by: Error: root',
  ]) {
    assert.ok(stack.includes(part), stack);
  }
});
