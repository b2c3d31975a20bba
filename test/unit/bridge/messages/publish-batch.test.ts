import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { encodeFieldTable, type Publish } from '../../../../src/amqp/index.js';
import { encodeOutgoing, PublishPacker, type PublishRequest, unpackPublishes } from '../../../../src/bridge/index.js';
import { isNoRouting } from '../../../support/amqp/header-names.js';

const word = fc.nat(2 ** 32 - 1);
const name = fc.string({ unit: 'binary', maxLength: 60 });
const properties = fc.record(
  {
    persistent: fc.boolean(),
    contentType: name,
    contentEncoding: name,
    priority: fc.nat(255),
    correlationId: name,
    replyTo: name,
    expiration: name,
    messageId: name,
    timestamp: fc.maxSafeNat(),
    type: name,
    userId: name,
    appId: name,
  },
  { requiredKeys: ['persistent'] },
);
const request: fc.Arbitrary<PublishRequest> = fc.record({
  requestId: word,
  claimId: fc.record({ cell: word, generation: word }),
  publish: fc.record({
    exchange: name,
    routingKey: name,
    mandatory: fc.boolean(),
    body: fc.oneof(
      fc.uint8Array({ maxLength: 50 }),
      fc.nat(200_000).map((length) => new Uint8Array(length).fill(7)),
    ),
    headers: fc.oneof(
      fc.constant(new Uint8Array()),
      fc.dictionary(name.filter(isNoRouting), name).map(encodeFieldTable),
    ),
    properties,
  }),
});
const PUBLISH: Publish = {
  exchange: 'e',
  routingKey: 'k',
  mandatory: false,
  body: Buffer.from('body'),
  headers: new Uint8Array(),
  properties: { persistent: true },
};

/** A lone surrogate has no UTF-8 form, so it arrives as the replacement character. */
function sent(text: string): string {
  return Buffer.from(text).toString();
}

function pack(requests: readonly PublishRequest[], packer = new PublishPacker()): ArrayBuffer {
  for (const each of requests) packer.add(each);
  return packer.take();
}

describe('a batch of publishes', () => {
  test('round-trips, buffer by buffer', () => {
    const packer = new PublishPacker();
    fc.assert(
      fc.property(fc.array(request, { maxLength: 5 }), (requests) => {
        const unpacked = unpackPublishes(pack(requests, packer)) ?? assert.fail('cannot be told apart');
        assert.equal(unpacked.length, requests.length);
        unpacked.forEach(({ requestId, cell, generation, message }, index) => {
          const { claimId, publish, requestId: asked } = requests[index] ?? assert.fail();
          assert.deepEqual({ requestId, cell, generation }, { requestId: asked, ...claimId });
          assert.deepEqual(message.route, { exchange: sent(publish.exchange), routingKey: sent(publish.routingKey) });
          assert.equal(message.isForQueue, publish.exchange === '');
          assert.equal(message.hasUserId, publish.properties.userId !== undefined);
          assert.equal(message.mandatory, publish.mandatory);
          assert.ok(message.body.equals(publish.body));
          assert.deepEqual(Buffer.from(message.list.headers), Buffer.from(publish.headers));
          const { persistent, ...others } = publish.properties;
          const expected = Object.entries(others).map(([key, value]) => [
            key,
            typeof value === 'string' ? sent(value) : value,
          ]);
          assert.deepEqual(message.list.properties, {
            deliveryMode: persistent ? 2 : 1,
            ...Object.fromEntries(expected),
          });
        });
      }),
      { numRuns: 300 },
    );
  });

  test('can be transferred, and uses no more memory than it needs', () => {
    const packer = new PublishPacker();
    for (let round = 0; round < 2; round++) {
      const memory = pack([{ requestId: round, claimId: { cell: 0, generation: 0 }, publish: PUBLISH }], packer);
      assert.ok(memory.byteLength < 100);
      const received = structuredClone(memory, { transfer: [memory] });
      assert.deepEqual(
        unpackPublishes(received)?.map(({ requestId }) => requestId),
        [round],
      );
    }
    assert.ok(packer.isEmpty);
  });

  test('is full at 64 KiB', () => {
    const packer = new PublishPacker();
    const publish = { ...PUBLISH, body: Buffer.alloc(32 * 1024) };
    packer.add({ requestId: 1, claimId: { cell: 0, generation: 0 }, publish });
    assert.deepEqual([packer.isEmpty, packer.isFull], [false, false]);
    packer.add({ requestId: 2, claimId: { cell: 0, generation: 0 }, publish });
    assert.equal(packer.isFull, true);
  });

  test('refuses a name that is too long for AMQP', () => {
    assert.throws(() => encodeOutgoing({ ...PUBLISH, routingKey: 'x'.repeat(256) }), RangeError);
    assert.throws(() => encodeOutgoing({ ...PUBLISH, exchange: 'é'.repeat(1_000) }), RangeError);
    assert.throws(
      () => encodeOutgoing({ ...PUBLISH, properties: { persistent: true, appId: 'x'.repeat(9_000) } }),
      RangeError,
    );
  });

  test('is refused when a length leads beyond its end, or stops before it', () => {
    const memory = Buffer.from(pack([{ requestId: 1, claimId: { cell: 0, generation: 0 }, publish: PUBLISH }]));
    const copyWith = (at: number, change: number): ArrayBuffer => {
      const copy = new Uint8Array(memory);
      copy[at] = (copy[at] ?? 0) + change;
      return copy.buffer;
    };
    assert.equal(unpackPublishes(copyWith(0, 0))?.length, 1);
    // The used bytes, then the lengths of route, properties and body: low bytes.
    for (const at of [3, 4 + 19, 4 + 23, 4 + 27]) {
      assert.equal(unpackPublishes(copyWith(at, 1)), undefined, `byte ${at}`);
      assert.equal(unpackPublishes(copyWith(at, -1)), undefined, `byte ${at}`);
    }
    assert.equal(unpackPublishes(new ArrayBuffer(0)), undefined);
    assert.equal(unpackPublishes(new ArrayBuffer(4)), undefined);
  });

  test('is refused when it holds more than a worker may send', () => {
    const memory = Buffer.alloc(4 + 28 * 4_097);
    memory.writeUInt32BE(memory.length);
    assert.equal(unpackPublishes(Uint8Array.from(memory).buffer), undefined);
  });

  test('is unpacked without a throw, whatever its bytes are', () => {
    const sizes = fc.array(fc.oneof(fc.nat(60), word), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(
        fc.oneof(
          sizes.map((words) => Uint32Array.from(words).buffer),
          fc.uint8Array().map(copied),
        ),
        (memory) => {
          for (const { message } of unpackPublishes(memory) ?? []) assert.ok(message.end <= memory.byteLength);
        },
      ),
      { numRuns: 2_000 },
    );
  });
});

function copied(bytes: Uint8Array): ArrayBuffer {
  return Uint8Array.from(bytes).buffer;
}
