import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeFieldTable, type Publish } from '../../../../src/amqp/index.js';
import { RECORD_HEADERS } from '../../../../src/bridge/index.js';
import { DeliveryError } from '../../../../src/errors/index.js';
import { DeadQueue } from '../../../../src/failures/dead-letter/dead-queue.js';
import { deathRecord } from '../../../../src/failures/dead-letter/death-record.js';
import { wireMessage } from '../../../support/amqp/wire-message.js';

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

test('a dead queue has the type of its queue, and a quorum one never drops messages that are looked at', async () => {
  const quorum = { 'x-queue-type': 'quorum', 'x-delivery-limit': 2_147_483_647 };
  assert.deepEqual(await declared('quorum'), ['q.dead', quorum]);
  for (const type of ['classic', undefined]) {
    assert.deepEqual(await declared(type), ['q.dead', { 'x-queue-type': 'classic' }]);
  }
});

test('a dead message whose headers nearly fill a frame is put aside with a shorter record', async () => {
  const published: Publish[] = [];
  const queue = new DeadQueue({
    queue: 'q',
    type: undefined,
    publish: async (publish) => {
      published.push(publish);
      if (publish.headers.length > 1_000) throw new DeliveryError('PUBLISH_INVALID', 'headers have too many bytes');
    },
    ensureQueue: () => Promise.resolve(),
  });
  const why = { reason: 'exhausted', error: new Error('e'.repeat(900)) } as const;
  const record = deathRecord({ queue: 'q', consumer: 'C', host: 'h' }, why, new Date(0));
  await queue.putAside(wireMessage({ headers: { own: 'x'.repeat(400) } }), record);
  const headers = decodeFieldTable(published[1]?.headers ?? Buffer.alloc(0));
  assert.equal(published.length, 2);
  assert.equal(headers['own'], 'x'.repeat(400));
  assert.equal(headers[RECORD_HEADERS.reason], 'exhausted');
  assert.equal(headers[RECORD_HEADERS.cause], 'e'.repeat(100));
  assert.equal(headers[RECORD_HEADERS.stack], undefined);
});
