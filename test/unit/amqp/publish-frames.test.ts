import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Publish } from '../../../src/amqp/index.js';
import { encodePublishes, headerFrameBytes } from '../../../src/amqp/wire/index.js';
import { encodeOutgoing } from '../../../src/bridge/index.js';
import {
  decodeMethod,
  FRAME,
  headerFrame,
  methodFrame,
  rawFrame,
  splitFrames,
} from '../../support/amqp/amqp-frames.js';

const CHANNEL = 258;
const PUBLISH: Publish = {
  exchange: 'exchange',
  routingKey: 'clé',
  mandatory: true,
  body: Buffer.from('body'),
  headers: new Uint8Array(),
  properties: { persistent: true },
};

function frames(...publishes: readonly Partial<Publish>[]): Buffer {
  const messages = publishes.map((each) => encodeOutgoing({ ...PUBLISH, ...each }));
  return encodePublishes({ number: CHANNEL, frameMax: 4096 }, messages);
}

describe('the frames of publishes', () => {
  test('equal those of amqplib byte for byte', () => {
    const properties = {
      contentType: 'text/plain',
      contentEncoding: 'utf-8',
      priority: 9,
      correlationId: 'c',
      replyTo: 'r',
      expiration: '1000',
      messageId: 'm',
      timestamp: 1_700_000_000,
      type: 't',
      userId: 'u',
      appId: 'a',
    };
    const expected = [
      methodFrame('BasicPublish', CHANNEL, { exchange: 'exchange', routingKey: 'clé', mandatory: true }),
      headerFrame(CHANNEL, 4, { ...properties, headers: {}, deliveryMode: 1 }),
      rawFrame(FRAME.body, CHANNEL, Buffer.from('body')),
      methodFrame('BasicPublish', CHANNEL, { exchange: '', routingKey: 'q', mandatory: false }),
      headerFrame(CHANNEL, 0, { headers: {}, deliveryMode: 2 }),
    ];
    const written = frames(
      { properties: { persistent: false, ...properties } },
      { exchange: '', routingKey: 'q', mandatory: false, body: new Uint8Array() },
    );
    assert.deepEqual(written, Buffer.concat(expected));
  });

  test('split a body at the frame size of the broker', () => {
    const body = Buffer.alloc(2 * (4096 - 8) + 1, 'xyz');
    const { frames: split, rest } = splitFrames(frames({ body }, {}));
    assert.equal(rest.length, 0);
    assert.deepEqual(
      split.map(({ type, payload }) => [type, payload.length]).slice(2, 5),
      [4088, 4088, 1].map((length) => [FRAME.body, length]),
    );
    assert.ok(Buffer.concat(split.slice(2, 5).map(({ payload }) => payload)).equals(body));
    assert.equal(split.length, 8);
    const [, , , , , next] = split;
    assert.equal(decodeMethod('BasicPublish', next ?? assert.fail())['routingKey'], 'clé');
  });

  test('end without an empty frame when the body fills the last one', () => {
    const { frames: split } = splitFrames(frames({ body: Buffer.alloc(4096 - 8) }));
    assert.deepEqual(
      split.map(({ type }) => type),
      [FRAME.method, FRAME.header, FRAME.body],
    );
  });

  test('have the announced header size', () => {
    const message = encodeOutgoing({ ...PUBLISH, properties: { persistent: true, messageId: 'some' } });
    const [, header] = splitFrames(encodePublishes({ number: 1, frameMax: 4096 }, [message])).frames;
    assert.equal(headerFrameBytes(message), 8 + (header?.payload.length ?? 0));
  });
});
