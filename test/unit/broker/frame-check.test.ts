import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { RawDeliver } from '../../../src/broker/content-frames.js';
import { checkConfirm, checkFrame, type DecodedFrame } from '../../../src/broker/frame-check.js';
import { methodId } from '../../support/amqp/amqp-frames.js';

const DELIVER = methodId('BasicDeliver');
const HEADER = methodId('BasicProperties');

function delivered(deliveryTag: bigint): DecodedFrame {
  const chunk = Buffer.alloc(4 + 1 + 8 + 1 + 2);
  chunk.writeBigUInt64BE(deliveryTag, 5);
  return { id: DELIVER, fields: new RawDeliver({ chunk, start: 0, end: chunk.length }) };
}

describe('the check of a frame', () => {
  test('passes on what a broker says', () => {
    for (const frame of [
      delivered(1n),
      delivered(BigInt(Number.MAX_SAFE_INTEGER)),
      { id: HEADER, size: 0, fields: {} },
      { id: HEADER, size: 512 * 1024 * 1024, fields: {} },
      { id: methodId('QueueDeclareOk'), fields: {} },
      { content: Buffer.alloc(1) },
    ]) {
      assert.equal(checkFrame(frame), frame);
    }
  });

  test('refuses a message that no memory could hold', () => {
    for (const size of [512 * 1024 * 1024 + 1, 2 ** 60, -1, Number.NaN]) {
      assert.throws(() => checkFrame({ id: HEADER, size, fields: {} }), { name: 'RangeError', message: /bytes/ });
    }
  });

  test('refuses a delivery tag that could not be answered', () => {
    for (const tag of [0n, 2n ** 53n, 2n ** 63n]) {
      assert.throws(() => checkFrame(delivered(tag)), { name: 'RangeError', message: /impossible tag/ });
    }
  });
});

test('a confirm counts only while something waits for it', () => {
  const window = { lwm: 5, unconfirmed: [() => undefined, null, false] };
  for (const tag of [5, 7]) checkConfirm(window, tag);
  for (const tag of [0, 4, 6, 8, 2 ** 32, 2 ** 63]) {
    assert.throws(() => checkConfirm(window, tag), { name: 'RangeError', message: /was confirmed/ });
  }
});
