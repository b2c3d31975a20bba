import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type AmqpPiece, FrameSplitter } from '../../support/amqp/frame-splitter.js';

const HEADER = Buffer.from('AMQP\0\0\x09\x01', 'latin1');
const HEARTBEAT = Buffer.from([8, 0, 0, 0, 0, 0, 0, 0xce]);
const ACK = Buffer.from([1, 0, 3, 0, 0, 0, 4, 0, 60, 0, 80, 0xce]);

function feed(stream: Buffer, chunkSize: number): AmqpPiece[] {
  const splitter = new FrameSplitter();
  const pieces: AmqpPiece[] = [];
  for (let at = 0; at < stream.length; at += chunkSize)
    pieces.push(...splitter.split(stream.subarray(at, at + chunkSize)));
  return pieces;
}

for (const chunkSize of [1, 3, 1000]) {
  test(`frames arrive whole in chunks of ${chunkSize} bytes`, () => {
    const pieces = feed(Buffer.concat([HEADER, HEARTBEAT, ACK]), chunkSize);
    assert.deepEqual(
      pieces.map(({ bytes, frame }) => [bytes, frame?.type, frame?.channel, frame?.method]),
      [
        [HEADER, undefined, undefined, undefined],
        [HEARTBEAT, 8, 0, ''],
        [ACK, 1, 3, '60.80'],
      ],
    );
  });

  test(`a stream that is not AMQP passes unchanged in chunks of ${chunkSize} bytes`, () => {
    const pieces = feed(Buffer.from('AMBER'), chunkSize);
    assert.equal(Buffer.concat(pieces.map(({ bytes }) => bytes)).toString(), 'AMBER');
    assert.ok(pieces.every(({ frame }) => frame === undefined));
  });
}
