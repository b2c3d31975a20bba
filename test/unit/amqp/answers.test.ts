import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { MessageMemory } from '../../../src/amqp/index.js';
import { type Answer, WireChannel } from '../../../src/amqp/wire/index.js';
import { methodFrame } from '../../support/amqp/amqp-frames.js';

const CHANNEL = 300;

/** The bytes that a channel writes for the answers. */
function written(answers: readonly Answer[]): Buffer {
  const writes: Buffer[] = [];
  const write = (frames: Buffer): boolean => writes.push(frames) > 0;
  const link = { memory: new MessageMemory(), frameMax: 4096, isOver: false, write };
  new WireChannel(CHANNEL, link).answer(answers);
  assert.equal(writes.length, 1);
  return Buffer.concat(writes);
}

/** The same frame by amqplib's own encoder. */
function byAmqplib({ tag: deliveryTag, answer, multiple }: Answer): Buffer {
  const requeue = answer.endsWith('Requeue');
  if (answer === 'ack') return methodFrame('BasicAck', CHANNEL, { deliveryTag, multiple });
  if (answer.startsWith('nack')) return methodFrame('BasicNack', CHANNEL, { deliveryTag, multiple, requeue });
  return methodFrame('BasicReject', CHANNEL, { deliveryTag, requeue });
}

test('answers encode to the frames that amqplib would send, one after the other', () => {
  const names = ['ack', 'nackRequeue', 'nackDrop', 'rejectRequeue', 'rejectDrop'] as const;
  const answer = fc
    .record({
      tag: fc.oneof(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER })),
      answer: fc.constantFrom(...names),
      multiple: fc.boolean(),
    })
    // A basic.reject has no `multiple` flag.
    .map((one) => ({ ...one, multiple: one.multiple && !one.answer.startsWith('reject') }));
  fc.assert(
    fc.property(fc.array(answer, { maxLength: 5 }), (answers) => {
      assert.deepEqual(written(answers), Buffer.concat(answers.map(byAmqplib)));
    }),
  );
});
