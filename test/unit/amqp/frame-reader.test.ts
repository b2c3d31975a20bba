import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { decodeRoute, type ReceivedMessage } from '../../../src/amqp/index.js';
import type { FrameSink } from '../../../src/amqp/wire/frame-reader.js';
import type { Frame } from '../../../src/amqp/wire/frames.js';
import { readContentHeader, readDeliver } from '../../../src/amqp/wire/incoming-methods.js';
import { FRAME, headerFrame, methodFrame, methodId, rawFrame } from '../../support/amqp/amqp-frames.js';
import { FedFrameReader } from '../../support/amqp/fed-frame-reader.js';
import { encodePropertyList } from '../../support/amqp/wire-message.js';

interface Given {
  readonly bytes: Buffer;
  readonly found: readonly object[];
}

const BASIC_CLASS = methodId('BasicProperties');
const BASIC_DELIVER = methodId('BasicDeliver');

const text = fc.string({ unit: 'grapheme', maxLength: 40 }).filter((value) => Buffer.byteLength(value) <= 255);
const channel = fc.nat(0xffff);
const deliver = fc
  .record({
    channel,
    consumerTag: text,
    deliveryTag: fc.maxSafeNat().map((tag) => Math.max(1, tag)),
    redelivered: fc.boolean(),
    exchange: text,
    routingKey: text,
  })
  .map(({ channel: id, ...fields }): Given => {
    const { consumerTag: _, ...known } = fields;
    return {
      bytes: methodFrame('BasicDeliver', id, fields),
      found: [{ id: BASIC_DELIVER, channel: id, fields: known }],
    };
  });
const header = fc.record({ channel, size: fc.nat(512 * 1024 * 1024), messageId: text }).map(
  ({ channel: id, size, messageId }): Given => ({
    bytes: headerFrame(id, size, { messageId }),
    found: [{ id: BASIC_CLASS, channel: id, size, list: [...encodePropertyList({ messageId })] }],
  }),
);
const body = fc.record({ channel, bytes: fc.uint8Array({ maxLength: 200 }) }).map(
  ({ channel: id, bytes }): Given => ({
    bytes: rawFrame(FRAME.body, id, bytes),
    found: [{ channel: id, content: [...bytes] }],
  }),
);
const beat: Given = { bytes: rawFrame(FRAME.heartbeat, 0, Buffer.alloc(0)), found: [{ plain: FRAME.heartbeat }] };
const other = fc.constantFrom<Given>(
  { bytes: methodFrame('BasicConsumeOk', 3, { consumerTag: 'tag' }), found: [{ plain: FRAME.method }] },
  beat,
);

/** The frames of a message, its body in one piece or two. */
const message = fc
  .record({ channel, deliveryTag: fc.integer({ min: 1, max: 9 }), key: text, messageId: text, isCut: fc.boolean() })
  .chain((fields) => fc.uint8Array({ maxLength: 900 }).map((content) => ({ ...fields, content })))
  .map(({ channel: id, deliveryTag, key, messageId, isCut, content }): Given => {
    const fields = { deliveryTag, redelivered: false, exchange: '', routingKey: key };
    const cut = isCut ? Math.floor(content.length / 2) : content.length;
    const bodies = [content.subarray(0, cut), content.subarray(cut)].filter(({ length }) => length > 0);
    return {
      bytes: Buffer.concat([
        methodFrame('BasicDeliver', id, { ...fields, consumerTag: 'tag' }),
        headerFrame(id, content.length, { messageId }),
        ...bodies.map((each) => rawFrame(FRAME.body, id, each)),
      ]),
      found: [
        { id: BASIC_DELIVER, channel: id, fields },
        { id: BASIC_CLASS, channel: id, size: content.length, list: [...encodePropertyList({ messageId })] },
        ...(content.length > 0 ? [{ channel: id, content: [...content] }] : []),
      ],
    };
  });

/** A frame in words. */
function shownFrame(frame: Frame): object {
  const { type, channel: id, chunk, start, end } = frame;
  if (type === FRAME.header) {
    const { size, propertiesAt } = readContentHeader(frame);
    return { id: BASIC_CLASS, channel: id, size, list: [...chunk.subarray(propertiesAt, end)] };
  }
  if (type !== FRAME.method || chunk.readUInt32BE(start) !== BASIC_DELIVER) return { plain: type };
  const { routeAt, ...known } = readDeliver(frame);
  return { id: BASIC_DELIVER, channel: id, fields: { ...known, ...decodeRoute(chunk.subarray(routeAt, end)) } };
}

/** A message as the words of its three frames. */
function shownMessage(id: number, whole: ReceivedMessage): object[] {
  const { deliveryTag, redelivered, route, properties, body: bytes, bodyLength } = whole;
  return [
    { id: BASIC_DELIVER, channel: id, fields: { deliveryTag, redelivered, ...decodeRoute(route) } },
    { id: BASIC_CLASS, channel: id, size: bodyLength, list: [...properties] },
    ...(bodyLength > 0 ? [{ channel: id, content: [...bytes] }] : []),
  ];
}

/** A sink that passes everything to one function. */
function sinkOf(tell: (...found: object[]) => void): FrameSink {
  return {
    message: (id, each) => tell(...shownMessage(id, each)),
    frame: (frame) => tell(shownFrame(frame)),
    body: (id, piece) => tell({ channel: id, content: [...piece] }),
  };
}

/** Joins consecutive body pieces of one channel, because a body may arrive in any number of pieces. */
function joinPieces(frames: readonly object[]): object[] {
  const joined: object[] = [];
  for (const frame of frames) {
    const before = joined.at(-1);
    if (isBody(frame) && before !== undefined && isBody(before) && before.channel === frame.channel) {
      before.content.push(...frame.content);
    } else joined.push(frame);
  }
  return joined;
}

function isBody(frame: object): frame is { channel: number; content: number[] } {
  return 'content' in frame;
}

function readAll(chunks: readonly Buffer[], maxSize = 0): object[] {
  const found: object[] = [];
  const reader = new FedFrameReader({ maxSize, ...sinkOf((...each) => found.push(...each)) });
  for (const chunk of chunks) reader.push(chunk);
  return joinPieces(found);
}

describe('the frame reader', () => {
  test('finds the frames however the socket splits them', () => {
    const frames = fc.array(fc.oneof(message, deliver, header, body, other), { maxLength: 6 });
    fc.assert(
      fc.property(frames, fc.array(fc.nat(2_000), { maxLength: 12 }), (some, cuts) => {
        // The reader waits after a delivery, because only the next frames show whether its message is whole.
        const given = [...some, beat];
        const bytes = Buffer.concat(given.map((frame) => frame.bytes));
        const ends = [...cuts.filter((cut) => cut < bytes.length).toSorted((a, b) => a - b), bytes.length];
        const chunks = ends.map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end));
        assert.deepEqual(readAll(chunks), joinPieces(given.flatMap(({ found }) => structuredClone(found))));
      }),
    );
  });

  test('finds a frame that arrives byte by byte, and the next one', () => {
    const sent = [rawFrame(FRAME.body, 1, Buffer.from('one')), rawFrame(FRAME.body, 2, Buffer.from('two'))];
    const chunks = Array.from(Buffer.concat(sent), (byte) => Buffer.of(byte));
    assert.deepEqual(readAll(chunks), [
      { channel: 1, content: [...Buffer.from('one')] },
      { channel: 2, content: [...Buffer.from('two')] },
    ]);
  });

  test('passes on a body as it arrives, without waiting for the rest', () => {
    const frame = rawFrame(FRAME.body, 1, Buffer.from('a body'));
    const found: string[] = [];
    const reader = new FedFrameReader({
      ...sinkOf(() => assert.fail()),
      body: (_channel, bytes) => void found.push(bytes.toString()),
    });
    reader.push(frame.subarray(0, 10));
    assert.deepEqual(found, ['a b']);
    reader.push(frame.subarray(10, -1));
    assert.deepEqual(found, ['a b', 'ody']);
    reader.push(Buffer.concat([frame.subarray(-1), rawFrame(FRAME.body, 1, Buffer.alloc(0))]));
    assert.deepEqual(found, ['a b', 'ody', '']);
  });

  test('takes a message of three consecutive frames as one, without copying it', () => {
    const fields = { consumerTag: 'tag', deliveryTag: 7, redelivered: true, exchange: 'x', routingKey: 'key' };
    const frames = [
      methodFrame('BasicDeliver', 1, fields),
      headerFrame(1, 4, {}),
      rawFrame(FRAME.body, 1, Buffer.from('body')),
      methodFrame('BasicDeliver', 1, { ...fields, deliveryTag: 8 }),
      headerFrame(1, 0, {}),
    ];
    const messages: ReceivedMessage[] = [];
    const reader = new FedFrameReader({
      ...sinkOf(() => assert.fail()),
      message: (_channel, each) => void messages.push(each),
    });
    reader.push(Buffer.concat(frames));
    assert.deepEqual(
      messages.map(({ deliveryTag, redelivered, body: bytes }) => [deliveryTag, redelivered, bytes.toString()]),
      [
        [7, true, 'body'],
        [8, true, ''],
      ],
    );
    assert.equal(messages[0]?.bodyAt, Buffer.concat(frames.slice(0, 2)).length + 7);
  });

  test('passes on the frames of a message one by one when another channel interleaves', () => {
    const fields = { consumerTag: 'tag', deliveryTag: 7, redelivered: true, exchange: 'x', routingKey: 'key' };
    const frames = [
      methodFrame('BasicDeliver', 1, fields),
      methodFrame('BasicDeliver', 2, fields),
      headerFrame(1, 4, {}),
      headerFrame(2, 4, {}),
      rawFrame(FRAME.body, 2, Buffer.from('two.')),
      rawFrame(FRAME.body, 1, Buffer.from('one.')),
    ];
    const found: (string | number)[][] = [];
    const reader = new FedFrameReader({
      message: () => assert.fail(),
      frame: ({ type, channel: id }) => void found.push([type, id]),
      body: (id, bytes) => void found.push([FRAME.body, id, bytes.toString()]),
    });
    reader.push(Buffer.concat(frames));
    assert.deepEqual(found, [
      [FRAME.method, 1],
      [FRAME.method, 2],
      [FRAME.header, 1],
      [FRAME.header, 2],
      [FRAME.body, 2, 'two.'],
      [FRAME.body, 1, 'one.'],
    ]);
  });

  test('refuses a frame above the negotiated size before all of it has arrived', () => {
    const announced = rawFrame(FRAME.body, 1, Buffer.alloc(100)).subarray(0, 7);
    assert.throws(() => readAll([announced], 99), { name: 'RangeError', message: /100 bytes exceeds the limit of 99/ });
    assert.deepEqual(readAll([announced], 100), []);
  });

  test('refuses a frame without its end octet', () => {
    const broken = rawFrame(FRAME.body, 1, Buffer.from('body'));
    broken[broken.length - 1] = 0;
    assert.throws(() => readAll([broken]), { name: 'RangeError', message: /does not end/ });
  });

  test('refuses a delivery or a content header that is truncated inside its frame', () => {
    const fields = { consumerTag: 'tag', deliveryTag: 1, redelivered: false, exchange: 'x', routingKey: 'key' };
    const payload = methodFrame('BasicDeliver', 1, fields).subarray(7, -1);
    for (let length = 4; length < payload.length; length++) {
      const frame = rawFrame(FRAME.method, 1, payload.subarray(0, length));
      assert.throws(() => readAll([frame, Buffer.alloc(300, 1)]), RangeError, `${length} bytes of a delivery`);
    }
    const head = headerFrame(1, 5, {}).subarray(7, -1);
    for (let length = 2; length < head.length; length++) {
      const frame = rawFrame(FRAME.header, 1, head.subarray(0, length));
      assert.throws(() => readAll([frame, Buffer.alloc(300, 1)]), RangeError, `${length} bytes of a header`);
    }
  });
});
