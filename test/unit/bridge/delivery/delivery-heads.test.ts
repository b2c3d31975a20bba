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

const EMPTY = { deliveryTag: 1, redelivered: false, route: Buffer.of(0, 0), properties: Buffer.of(0, 0), gap: 20 };

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

/** Messages as the socket leaves them: side by side in one segment, with frame heads between. */
function sideBySide(
  given: readonly (Parts & { readonly gap: number })[],
  memory = new MessageMemory(),
): ReceivedMessage[] {
  const lengths = given.map(({ route, properties, body, gap }) => gap + route.length + properties.length + body.length);
  const segment = memory.open(lengths.reduce((sum, length) => sum + length, 0));
  let at = 0;
  const put = (piece: Uint8Array): number => {
    const start = at;
    segment.bytes.set(piece, start);
    at += piece.length;
    return start;
  };
  return given.map(({ route, properties, body, gap, ...notice }) => {
    at += gap;
    return new ReceivedMessage(notice, segment, {
      routeAt: put(route),
      routeLength: route.length,
      propertiesAt: put(properties),
      propertiesLength: properties.length,
      bodyAt: put(body),
      bodyLength: body.length,
    });
  });
}

type Parts = Omit<Parameters<typeof ReceivedMessage.inOwnSegment>[1], 'bodyLength'> & { readonly body: Uint8Array };

describe('deliveries of one post', () => {
  const beside = fc.record({
    deliveryTag: fc.nat(10),
    redelivered: fc.boolean(),
    route: bytes(20),
    properties: bytes(20),
    body: fc.oneof(bytes(200), bytes(3_000)),
    gap: fc.nat(40),
  });

  test('read as they were written, wherever they lie', () => {
    fc.assert(
      fc.property(fc.array(fc.array(beside, { minLength: 1, maxLength: 12 }), { maxLength: 3 }), (posts) => {
        const memory = new MessageMemory();
        const messages = posts.flatMap((post) => sideBySide(post, memory));
        const heads = new DeliveryHeads(messages.length + 1);
        const reader = new DeliveryReader(heads.memory);
        // As the free cells of a session are used: the last one first.
        const cells = messages.map((_, index) => messages.length - 1 - index);
        messages.forEach((message, index) => {
          heads.write(cells[index] ?? 0, message);
          reader.learn(message.segment);
        });
        reader.arrived(cells);
        posts.flat().forEach((expected, index) => {
          const { deliveryTag, redelivered, route, properties, body } = reader.read(cells[index] ?? 0);
          const found = { deliveryTag, redelivered, route: [...route], properties: [...properties], body: [...body] };
          assert.deepEqual(found, {
            deliveryTag: expected.deliveryTag,
            redelivered: expected.redelivered,
            route: [...expected.route],
            properties: [...expected.properties],
            body: [...expected.body],
          });
        });
      }),
    );
  });

  test('share one copy up to 4,000 bytes, and larger ones are copied alone when they are read', () => {
    const messages = sideBySide(
      [1_000, 1_000, 1_000, 2_000, 5_000].map((length) => ({ ...EMPTY, body: Buffer.alloc(length, 'x') })),
    );
    const heads = new DeliveryHeads(messages.length);
    const reader = new DeliveryReader(heads.memory);
    messages.forEach((message, cell) => heads.write(cell, message));
    reader.learn(messages[0]?.segment ?? assert.fail());
    reader.arrived(messages.map((_, cell) => cell));
    for (const message of messages) message.writeBody(Buffer.alloc(message.bodyLength, 'y'), 0);
    assert.deepEqual(
      messages.map((_, cell) => reader.read(cell).body.toString('utf8', 0, 1)),
      ['x', 'x', 'x', 'y', 'y'],
    );
  });

  test('read as they were written beside revoked ones whose numbers are half written over', () => {
    const torn = fc.record({
      at: fc.nat(11),
      numbers: fc.array(fc.oneof(fc.nat(600), fc.nat(2 ** 31)), { minLength: 4 }),
    });
    fc.assert(
      fc.property(
        fc.array(beside, { minLength: 2, maxLength: 12 }),
        fc.array(torn, { maxLength: 4 }),
        (post, revoked) => {
          const messages = sideBySide(post);
          const { segment } = messages[0] ?? assert.fail();
          const heads = new DeliveryHeads(messages.length);
          const reader = new DeliveryReader(heads.memory);
          reader.learn(segment);
          messages.forEach((message, cell) => heads.write(cell, message));
          for (const { at, numbers } of revoked) {
            const [routeAt = 0, propertiesAt = 0, bodyAt = 0, bodyLength = 0] = numbers;
            const extents = { routeAt, routeLength: 1, propertiesAt, propertiesLength: 1, bodyAt, bodyLength };
            const other = new ReceivedMessage({ deliveryTag: 1, redelivered: false }, segment, extents);
            if (at < messages.length) heads.write(at, other);
          }
          reader.arrived(messages.map((_, cell) => cell));
          const gone = new Set(revoked.map(({ at }) => at));
          post.forEach(({ route, properties, body }, cell) => {
            if (gone.has(cell)) return;
            const found = reader.read(cell);
            assert.deepEqual([[...found.route], [...found.properties]], [[...route], [...properties]]);
            assert.deepEqual([...found.body], [...body]);
          });
        },
      ),
      { numRuns: 1_000 },
    );
  });

  test('leave nothing to the next delivery of a cell if they were revoked', () => {
    const [first, second, next] = sideBySide(['a', 'b', 'c'].map((text) => ({ ...EMPTY, body: Buffer.from(text) })));
    assert.ok(first !== undefined && second !== undefined && next !== undefined);
    const heads = new DeliveryHeads(2);
    const reader = new DeliveryReader(heads.memory);
    reader.learn(first.segment);
    heads.write(0, first);
    heads.write(1, second);
    reader.arrived([0, 1]);
    heads.write(0, next);
    reader.arrived([0]);
    assert.deepEqual([reader.read(0).body.toString(), reader.read(1).body.toString()], ['c', 'b']);
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
