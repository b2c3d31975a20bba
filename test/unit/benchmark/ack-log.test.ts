import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AckLog, readAck } from '../../../benchmark/probes/ack-log.js';
import { methodFrame } from '../../support/amqp/amqp-frames.js';
import { FrameSplitter } from '../../support/amqp/frame-splitter.js';

const HEADER = Buffer.from('AMQP\0\0\x09\x01', 'latin1');

function acksIn(...frames: readonly Buffer[]) {
  const pieces = new FrameSplitter().split(Buffer.concat([HEADER, ...frames]));
  return pieces.map(({ frame }) => frame && readAck(frame)).filter((ack) => ack !== undefined);
}

test('acks are read from the wire, and no other frame is taken for one', () => {
  const acks = acksIn(
    methodFrame('BasicAck', 1, { deliveryTag: 7, multiple: false }),
    methodFrame('BasicNack', 1, { deliveryTag: 8, multiple: false, requeue: true }),
    methodFrame('BasicAck', 3, { deliveryTag: 2 ** 33 + 1, multiple: true }),
  );
  assert.deepEqual(acks, [
    { channel: 1, deliveryTag: 7, multiple: false },
    { channel: 3, deliveryTag: 2 ** 33 + 1, multiple: true },
  ]);
});

test('a multiple ack gives its time to all lower tags without one', () => {
  const log = new AckLog();
  log.note({ channel: 1, deliveryTag: 2, multiple: false }, 10);
  log.note({ channel: 1, deliveryTag: 3, multiple: true }, 20);
  log.note({ channel: 1, deliveryTag: 5, multiple: true }, 30);
  assert.deepEqual(
    [1, 2, 3, 4, 5, 6].map((tag) => log.timeOf(tag)),
    [20, 10, 20, 30, 30, undefined],
  );
  assert.equal(log.count, 5);
});

test('each channel counts its own tags', () => {
  const log = new AckLog();
  log.note({ channel: 1, deliveryTag: 2, multiple: true }, 10);
  log.note({ channel: 2, deliveryTag: 2, multiple: true }, 10);
  assert.equal(log.count, 4);
  assert.throws(() => log.timeOf(1), /several channels/);
});
