import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { MessageMemory, SEGMENT_BYTES, type Segment } from '../../../src/amqp/index.js';

/** A segment and the byte that the test filled it with. */
interface Filled {
  readonly segment: Segment;
  readonly byte: number;
}

function fill(memory: MessageMemory, length: number, byte: number): Filled {
  const segment = memory.open(length);
  segment.bytes.fill(byte);
  return { segment, byte };
}

function isIntact({ segment, byte }: Filled): boolean {
  return segment.bytes.every((found) => found === byte);
}

describe('the message memory', () => {
  test('never hands out memory that is still held', () => {
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
          assert.ok(filled.segment.bytes.length >= length);
          held.push(filled);
          if (free >= held.length) continue;
          const [freed] = held.splice(free, 1);
          freed?.segment.release();
        }
        assert.ok(held.every(isIntact));
      }),
      { numRuns: 100 },
    );
  });

  test('keeps a segment until its last holder releases it', () => {
    const memory = new MessageMemory();
    const first = fill(memory, SEGMENT_BYTES, 1);
    first.segment.hold();
    assert.equal(first.segment.isHeldOnce, false);
    first.segment.release();
    assert.equal(first.segment.isHeldOnce, true);
    fill(memory, SEGMENT_BYTES, 2);
    assert.ok(isIntact(first));
    first.segment.release();
    const next = fill(memory, SEGMENT_BYTES, 3);
    assert.equal(next.segment.id, first.segment.id);
  });

  test('reuses the segment of a large message for the next one of similar size', () => {
    const memory = new MessageMemory();
    const first = memory.open(100_000);
    assert.equal(first.memory.byteLength, 114_688);
    first.release();
    assert.equal(memory.open(110_000).id, first.id);
  });

  test('reports the segments that it drops, and keeps only a few empty ones', () => {
    const memory = new MessageMemory();
    const dropped: number[] = [];
    memory.onDropped(({ id }) => dropped.push(id));
    const segments = Array.from({ length: 40 }, () => memory.open(1024 * 1024));
    for (const segment of segments) segment.release();
    assert.equal(dropped.length, 40 - 16);
    const again = Array.from({ length: 40 }, () => memory.open(1024 * 1024).id);
    assert.ok(
      again.every((id) => !dropped.includes(id)),
      'a dropped segment came back',
    );
  });

  test('drops segments of unused sizes before those in use', () => {
    const memory = new MessageMemory();
    const large = Array.from({ length: 16 }, () => memory.open(1024 * 1024));
    for (const segment of large) segment.release();
    const ids = new Set<number>();
    for (let round = 0; round < 50; round++) {
      const segments = [1, 2, 3].map(() => memory.open(100_000));
      for (const { id } of segments) ids.add(id);
      for (const segment of segments) segment.release();
    }
    assert.equal(ids.size, 3);
  });

  test('has a segment for an empty message', () => {
    const memory = new MessageMemory();
    assert.ok(memory.open(0).bytes.length > 0);
  });
});
