import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { MessageMemory, SEGMENT_BYTES, type Segment } from '../../../src/amqp/index.js';
import { ReceiveBuffer } from '../../../src/amqp/wire/receive-buffer.js';

/** Bytes that a reader holds, and a copy that they must still equal. */
interface Taken {
  readonly room: Segment;
  readonly at: number;
  readonly bytes: Buffer;
}

/** Takes the next bytes out of the buffer, and holds them. */
function take(buffer: ReceiveBuffer, length: number): Taken {
  const { current: room, readAt: at } = buffer;
  room.hold();
  buffer.read(at + length);
  return { room, at, bytes: Buffer.from(room.bytes.subarray(at, at + length)) };
}

function receive(buffer: ReceiveBuffer, bytes: Uint8Array): number {
  const space = buffer.space();
  const piece = bytes.subarray(0, space.length);
  space.set(piece);
  buffer.received(piece.length);
  return piece.length;
}

describe('a receive buffer', () => {
  test('loses and corrupts nothing in any sequence of reads, holds and releases', () => {
    const step = fc.record({
      message: fc.oneof(
        { weight: 6, arbitrary: fc.integer({ min: 1, max: 400 }) },
        { weight: 2, arbitrary: fc.integer({ min: 1, max: SEGMENT_BYTES }) },
        { weight: 1, arbitrary: fc.integer({ min: SEGMENT_BYTES, max: 3 * SEGMENT_BYTES }) },
      ),
      read: fc.integer({ min: 1, max: 90_000 }),
      release: fc.nat(6),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
        const buffer = new ReceiveBuffer(new MessageMemory());
        const stream = Buffer.alloc(steps.reduce((sum, { message }) => sum + message, 0));
        for (let at = 0; at < stream.length; at++) stream[at] = (at * 7 + (at >> 8)) & 0xff;
        const held: Taken[] = [];
        let sent = 0;
        let found = 0;
        for (const { message, read, release } of steps) {
          while (buffer.receivedTo - buffer.readAt < message) {
            buffer.want(message);
            const until = Math.min(stream.length, sent + read);
            assert.ok(buffer.space().length > 0);
            sent += receive(buffer, stream.subarray(sent, until));
          }
          const taken = take(buffer, message);
          assert.deepEqual(taken.bytes, stream.subarray(found, found + message));
          found += message;
          held.push(taken);
          if (release < held.length) for (const { room } of held.splice(release, 1)) room.release();
        }
        for (const { room, at, bytes } of held) {
          assert.deepEqual(Buffer.from(room.bytes.subarray(at, at + bytes.length)), bytes);
        }
      }),
      { numRuns: 100 },
    );
  });

  test('starts again at the beginning when all is read and nothing is held', () => {
    const buffer = new ReceiveBuffer(new MessageMemory());
    const rooms = new Set<number>();
    for (let message = 0; message < 5_000; message++) {
      receive(buffer, Buffer.alloc(300));
      const { room } = take(buffer, 300);
      rooms.add(room.id);
      room.release();
    }
    assert.equal(rooms.size, 1);
  });

  test('needs only the memory that is held at one time, however much passes through', () => {
    const buffer = new ReceiveBuffer(new MessageMemory());
    const rooms = new Set<number>();
    const held: Segment[] = [];
    for (let message = 0; message < 20_000; message++) {
      receive(buffer, Buffer.alloc(1_000));
      const { room } = take(buffer, 1_000);
      rooms.add(room.id);
      held.push(room);
      if (held.length > 100) held.shift()?.release();
    }
    // 100 kB are in at most three segments; one is being filled and one may be waiting.
    assert.ok(rooms.size <= 5, `${rooms.size} rooms`);
  });

  test('gives a large message its own buffer, and reads little beyond it into that', () => {
    const buffer = new ReceiveBuffer(new MessageMemory());
    receive(buffer, Buffer.alloc(500));
    const small = take(buffer, 100).room;
    buffer.want(100_000);
    const space = buffer.space();
    assert.notEqual(buffer.current.id, small.id);
    assert.ok(space.length >= 100_000 - 400 && space.length < 102_000, `${space.length} bytes`);
    buffer.received(space.length);
    const large = take(buffer, 100_000).room;
    assert.equal(buffer.space().length > 0, true);
    assert.notEqual(buffer.current.id, large.id, 'small messages would keep a large room alive');
  });

  test('releases its memory when the socket closes', () => {
    const memory = new MessageMemory();
    const buffer = new ReceiveBuffer(memory);
    const { id } = buffer.current;
    buffer.space();
    buffer.close();
    assert.equal(memory.open().id, id);
  });
});
