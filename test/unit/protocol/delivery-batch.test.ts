import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type OutgoingDelivery, packDeliveries, unpackDeliveries } from '../../../src/protocol/index.js';
import { wireMessage } from '../../support/wire-message.js';

const delivery: fc.Arbitrary<OutgoingDelivery> = fc.record({
  slot: fc.nat(0xffffffff),
  ticket: fc.record({ cell: fc.nat(0xffffffff), generation: fc.nat(0x0fffffff) }, { noNullPrototype: true }),
  message: fc.record({
    deliveryTag: fc.maxSafeNat(),
    redelivered: fc.boolean(),
    route: fc.uint8Array({ maxLength: 50 }),
    properties: fc.uint8Array({ maxLength: 50 }),
    body: fc.uint8Array({ maxLength: 300 }),
  }),
});

test('a batch of deliveries is unpacked as it was packed, in its order', () => {
  fc.assert(
    fc.property(fc.array(delivery, { maxLength: 8 }), (given) => {
      const found = unpackDeliveries(packDeliveries(given));
      assert.deepEqual(
        found.map(({ slot, ticket, deliveryTag, redelivered, route, properties, body }) => ({
          slot,
          ticket,
          message: {
            deliveryTag,
            redelivered,
            route: new Uint8Array(route),
            properties: new Uint8Array(properties),
            body: new Uint8Array(body),
          },
        })),
        given.map(({ slot, ticket, message }) => ({ slot, ticket, message: { ...message } })),
      );
    }),
  );
});

test('the largest delivery tag that a number can hold crosses exactly', () => {
  const message = wireMessage({ deliveryTag: Number.MAX_SAFE_INTEGER, redelivered: true });
  const [crossed] = unpackDeliveries(packDeliveries([{ slot: 0, ticket: { cell: 0, generation: 1 }, message }]));
  assert.deepEqual([crossed?.deliveryTag, crossed?.redelivered], [Number.MAX_SAFE_INTEGER, true]);
});

test('a packed batch copies bodies out of the chunk that they are a view of', () => {
  const chunk = Buffer.alloc(64 * 1024, 1);
  const message = wireMessage({ body: chunk.subarray(10, 20) });
  const memory = packDeliveries([{ slot: 0, ticket: { cell: 0, generation: 1 }, message }]);
  chunk.fill(2);
  assert.ok(memory.byteLength < 100, `${memory.byteLength} bytes`);
  assert.deepEqual(unpackDeliveries(memory)[0]?.body, Buffer.alloc(10, 1));
});

test('an empty batch holds nothing', () => {
  assert.deepEqual(unpackDeliveries(packDeliveries([])), []);
});
