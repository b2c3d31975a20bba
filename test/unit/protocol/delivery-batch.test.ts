import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type OutgoingDelivery, packDeliveries, unpackDeliveries } from '../../../src/protocol/index.js';

const shortText = fc.string({ unit: 'grapheme', maxLength: 60 }).filter((text) => Buffer.byteLength(text) <= 255);
const properties = fc.dictionary(shortText, fc.oneof(shortText, fc.nat()), { noNullPrototype: true });
const delivery: fc.Arbitrary<OutgoingDelivery> = fc.record({
  slot: fc.nat(0xffffffff),
  ticket: fc.record({ cell: fc.nat(0xffffffff), generation: fc.nat(0x0fffffff) }, { noNullPrototype: true }),
  message: fc.record({
    deliveryTag: fc.maxSafeNat(),
    redelivered: fc.boolean(),
    exchange: shortText,
    routingKey: shortText,
    properties: fc.option(properties, { nil: undefined }),
    headers: fc.option(fc.uint8Array(), { nil: undefined }),
    body: fc.uint8Array({ maxLength: 300 }),
  }),
});

test('a batch of deliveries is unpacked as it was packed, in its order', () => {
  fc.assert(
    fc.property(fc.array(delivery, { maxLength: 8 }), (given) => {
      const found = unpackDeliveries(packDeliveries(given));
      assert.deepEqual(
        found.map((incoming) => ({
          slot: incoming.slot,
          ticket: incoming.ticket,
          deliveryTag: incoming.deliveryTag,
          redelivered: incoming.redelivered,
          exchange: incoming.exchange.toString(),
          routingKey: incoming.routingKey.toString(),
          properties: incoming.properties.toString(),
          headers: [...incoming.headers],
          body: [...incoming.body],
        })),
        given.map(({ slot, ticket, message }) => ({
          slot,
          ticket,
          deliveryTag: message.deliveryTag,
          redelivered: message.redelivered,
          exchange: message.exchange,
          routingKey: message.routingKey,
          properties: message.properties === undefined ? '' : JSON.stringify(message.properties),
          headers: [...(message.headers ?? [])],
          body: [...message.body],
        })),
      );
    }),
  );
});

test('a packed batch copies bodies out of the chunk that they are a view of', () => {
  const chunk = Buffer.alloc(64 * 1024, 1);
  const message = {
    deliveryTag: 1,
    redelivered: false,
    exchange: '',
    routingKey: '',
    properties: undefined,
    headers: undefined,
    body: chunk.subarray(10, 20),
  };
  const memory = packDeliveries([{ slot: 0, ticket: { cell: 0, generation: 1 }, message }]);
  chunk.fill(2);
  assert.ok(memory.byteLength < 100, `${memory.byteLength} bytes`);
  assert.deepEqual(unpackDeliveries(memory)[0]?.body, Buffer.alloc(10, 1));
});

test('an empty batch holds nothing', () => {
  assert.deepEqual(unpackDeliveries(packDeliveries([])), []);
});

test('a routing key that grew beyond 255 bytes when it was decoded still crosses whole', () => {
  const routingKey = '\uFFFD'.repeat(255);
  const message = {
    deliveryTag: 1,
    redelivered: false,
    exchange: routingKey,
    routingKey,
    properties: undefined,
    headers: undefined,
    body: Buffer.from('body'),
  };
  const [crossed] = unpackDeliveries(packDeliveries([{ slot: 0, ticket: { cell: 0, generation: 1 }, message }]));
  assert.equal(crossed?.routingKey.toString(), routingKey);
  assert.equal(crossed?.body.toString(), 'body');
});
