import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { MessageMemory, ReceivedMessage } from '../../../../src/amqp/index.js';
import { DeliveryHeads, DeliveryReader } from '../../../../src/bridge/index.js';
import { wireMessage } from '../../../support/amqp/wire-message.js';

const bytes = (maxLength: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ maxLength });
const parts = fc.record({
  deliveryTag: fc.oneof(fc.nat(10), fc.maxSafeNat(), fc.constant(Number.MAX_SAFE_INTEGER)),
  redelivered: fc.boolean(),
  route: bytes(50),
  properties: bytes(50),
  body: bytes(300),
});

describe('a delivery', () => {
  test('reads as it was written, from any cell', () => {
    fc.assert(
      fc.property(fc.array(parts, { minLength: 1, maxLength: 8 }), (given) => {
        const memory = new MessageMemory();
        const heads = new DeliveryHeads(given.length);
        const reader = new DeliveryReader(heads.memory);
        given.forEach(({ body, ...fields }, cell) => {
          const message = ReceivedMessage.inOwnSegment(memory, { ...fields, bodyLength: body.length });
          const half = Math.floor(body.length / 2);
          message.writeBody(body.subarray(half), half);
          message.writeBody(body.subarray(0, half), 0);
          heads.write(cell, message);
          reader.learn(message.segment);
        });
        given.forEach((expected, cell) => {
          const { deliveryTag, redelivered, route, properties, body } = reader.read(cell);
          const found = { deliveryTag, redelivered, route: [...route], properties: [...properties], body: [...body] };
          assert.deepEqual(found, {
            ...expected,
            route: [...expected.route],
            properties: [...expected.properties],
            body: [...expected.body],
          });
        });
      }),
    );
  });

  test('is a copy that later writes to its cell do not change', () => {
    const message = wireMessage({ body: Buffer.from('mine') });
    const heads = new DeliveryHeads(1);
    heads.write(0, message);
    const reader = new DeliveryReader(heads.memory);
    reader.learn(message.segment);
    const { body } = reader.read(0);
    message.writeBody(Buffer.from('them'), 0);
    assert.equal(body.toString(), 'mine');
  });

  test('in a segment unknown to the thread is refused', () => {
    const message = wireMessage();
    const heads = new DeliveryHeads(1);
    heads.write(0, message);
    const reader = new DeliveryReader(heads.memory);
    assert.throws(() => reader.read(0), RangeError);
    reader.learn(message.segment);
    reader.read(0);
    reader.forget(message.segment.id);
    assert.throws(() => reader.read(0), RangeError);
  });
});

describe('the times of a delivery', () => {
  test('are unknown until its consume begins and ends, and again for the next one of its cell', () => {
    const message = wireMessage();
    const heads = new DeliveryHeads(2);
    const reader = new DeliveryReader(heads.memory);
    reader.learn(message.segment);
    heads.write(1, message);
    assert.deepEqual([heads.beganAtMs(1), heads.endedAtMs(1)], [undefined, undefined]);
    reader.began(1, 100);
    assert.deepEqual([heads.beganAtMs(1), heads.endedAtMs(1)], [100, undefined]);
    reader.ended(1, 150.5);
    assert.deepEqual([heads.beganAtMs(1), heads.endedAtMs(1)], [100, 150.5]);
    assert.deepEqual([heads.beganAtMs(0), reader.read(1).deliveryTag], [undefined, message.deliveryTag]);
    heads.write(1, message);
    assert.deepEqual([heads.beganAtMs(1), heads.endedAtMs(1)], [undefined, undefined]);
  });

  test('leave out a late end of the earlier delivery of the cell', () => {
    const message = wireMessage();
    const heads = new DeliveryHeads(1);
    const reader = new DeliveryReader(heads.memory);
    heads.write(0, message);
    reader.began(0, 1);
    heads.write(0, message);
    reader.ended(0, 2);
    reader.began(0, 3);
    assert.deepEqual([heads.beganAtMs(0), heads.endedAtMs(0)], [3, undefined]);
  });
});
