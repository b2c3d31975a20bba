import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { MessageMemory, type Room, SEGMENT_BYTES } from '../../../src/amqp/index.js';

/** A room and the byte that the test filled it with. */
interface Filled {
  readonly room: Room;
  readonly byte: number;
}

function fill(memory: MessageMemory, length: number, byte: number): Filled {
  const room = memory.open(length);
  room.bytes.fill(byte);
  return { room, byte };
}

function isIntact({ room, byte }: Filled): boolean {
  return room.bytes.every((found) => found === byte);
}

describe('the message memory', () => {
  test('gives nobody what another still holds, whatever is taken and given back', () => {
    const step = fc.record({
      length: fc.oneof(fc.nat(300), fc.nat(SEGMENT_BYTES), fc.nat(5 * SEGMENT_BYTES)),
      free: fc.nat(20),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const memory = new MessageMemory();
        const held: Filled[] = [];
        for (const [index, { length, free }] of steps.entries()) {
          const filled = fill(memory, length, index % 251);
          assert.ok(filled.room.bytes.length >= length);
          held.push(filled);
          if (free >= held.length) continue;
          const [freed] = held.splice(free, 1);
          freed?.room.release();
        }
        assert.ok(held.every(isIntact));
      }),
      { numRuns: 100 },
    );
  });

  test('keeps a room until the last of its holders has released it', () => {
    const memory = new MessageMemory();
    const first = fill(memory, SEGMENT_BYTES, 1);
    first.room.hold();
    assert.equal(first.room.isHeldOnce, false);
    first.room.release();
    assert.equal(first.room.isHeldOnce, true);
    fill(memory, SEGMENT_BYTES, 2);
    assert.ok(isIntact(first));
    first.room.release();
    const next = fill(memory, SEGMENT_BYTES, 3);
    assert.equal(next.room.id, first.room.id);
  });

  test('gives a large message a room that fits the next one of its kind', () => {
    const memory = new MessageMemory();
    const first = memory.open(100_000);
    assert.equal(first.memory.byteLength, 114_688);
    first.release();
    assert.equal(memory.open(110_000).id, first.id);
  });

  test('tells of the segments that it drops, and keeps no more than a few empty ones', () => {
    const memory = new MessageMemory();
    const dropped: number[] = [];
    memory.onDropped(({ id }) => dropped.push(id));
    const rooms = Array.from({ length: 40 }, () => memory.open(1024 * 1024));
    for (const room of rooms) room.release();
    assert.equal(dropped.length, 40 - 16);
    const again = Array.from({ length: 40 }, () => memory.open(1024 * 1024).id);
    assert.ok(
      again.every((id) => !dropped.includes(id)),
      'a dropped segment came back',
    );
  });

  test('drops segments of a size that nobody asks for any more before those that are in use', () => {
    const memory = new MessageMemory();
    const large = Array.from({ length: 16 }, () => memory.open(1024 * 1024));
    for (const room of large) room.release();
    const ids = new Set<number>();
    for (let round = 0; round < 50; round++) {
      const rooms = [1, 2, 3].map(() => memory.open(100_000));
      for (const { id } of rooms) ids.add(id);
      for (const room of rooms) room.release();
    }
    assert.equal(ids.size, 3);
  });

  test('has a room for a message without a byte', () => {
    const memory = new MessageMemory();
    assert.ok(memory.open(0).bytes.length > 0);
  });
});
