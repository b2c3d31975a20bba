import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { type Block, MessageMemory, SEGMENT_BYTES } from '../../../src/protocol/index.js';

/** A block and the byte that the test filled it with. */
interface Filled {
  readonly block: Block;
  readonly byte: number;
}

function fill(memory: MessageMemory, length: number, byte: number): Filled {
  const block = memory.allocate(length);
  block.write(Buffer.alloc(length, byte), 0);
  return { block, byte };
}

function isIntact({ block, byte }: Filled): boolean {
  return block.bytes(0, block.length).every((found) => found === byte);
}

describe('the message memory', () => {
  test('gives nobody what another still holds, whatever is taken and given back', () => {
    const step = fc.record({
      length: fc.oneof(fc.nat(300), fc.nat(SEGMENT_BYTES), fc.nat(5 * SEGMENT_BYTES)),
      free: fc.nat(20),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const memory = new MessageMemory();
        const held: Filled[] = [];
        for (const [index, { length, free }] of steps.entries()) {
          held.push(fill(memory, length, index % 251));
          if (free >= held.length) continue;
          const [freed] = held.splice(free, 1);
          freed?.block.release();
        }
        assert.ok(held.every(isIntact));
      }),
      { numRuns: 200 },
    );
  });

  test('keeps a block until the last of its holders has released it', () => {
    const memory = new MessageMemory();
    const first = fill(memory, SEGMENT_BYTES, 1);
    first.block.hold();
    first.block.release();
    fill(memory, SEGMENT_BYTES, 2);
    assert.ok(isIntact(first));
    first.block.release();
    const next = fill(memory, SEGMENT_BYTES, 3);
    assert.equal(next.block.segment.id, first.block.segment.id);
  });

  test('uses a segment again from its beginning when all of its blocks are free', () => {
    const memory = new MessageMemory();
    const segments = new Set<number>();
    for (let message = 0; message < 10_000; message++) {
      const { block } = fill(memory, 300, 1);
      segments.add(block.segment.id);
      block.release();
    }
    assert.equal(segments.size, 1);
  });

  test('stays as large as what is held at a time, however many messages pass through', () => {
    const memory = new MessageMemory();
    const segments = new Set<number>();
    const held: Block[] = [];
    for (let message = 0; message < 20_000; message++) {
      const { block } = fill(memory, 1_000, 1);
      segments.add(block.segment.id);
      held.push(block);
      if (held.length > 100) held.shift()?.release();
    }
    // 100 kB lie in two segments; one is being filled and one may be waiting.
    assert.ok(segments.size <= 4, `${segments.size} segments`);
  });

  test('gives a large message a segment of its own, which fits the next one of its kind', () => {
    const memory = new MessageMemory();
    const first = memory.allocate(100_000);
    assert.deepEqual([first.offset, first.segment.memory.byteLength], [0, 114_688]);
    first.release();
    assert.equal(memory.allocate(110_000).segment.id, first.segment.id);
  });

  test('tells of the segments that it drops, and keeps no more than a few empty ones', () => {
    const memory = new MessageMemory();
    const dropped: number[] = [];
    memory.onDropped(({ id }) => dropped.push(id));
    const blocks = Array.from({ length: 40 }, () => memory.allocate(1024 * 1024));
    for (const block of blocks) block.release();
    assert.equal(dropped.length, 40 - 16);
    const again = Array.from({ length: 40 }, () => memory.allocate(1024 * 1024).segment.id);
    assert.ok(
      again.every((id) => !dropped.includes(id)),
      'a dropped segment came back',
    );
  });

  test('drops segments of a size that nobody asks for any more before those that are in use', () => {
    const memory = new MessageMemory();
    const large = Array.from({ length: 16 }, () => memory.allocate(1024 * 1024));
    for (const block of large) block.release();
    const ids = new Set<number>();
    for (let round = 0; round < 50; round++) {
      const blocks = [1, 2, 3].map(() => memory.allocate(100_000));
      for (const { segment } of blocks) ids.add(segment.id);
      for (const block of blocks) block.release();
    }
    assert.equal(ids.size, 3);
  });

  test('has room for a message without a byte', () => {
    const memory = new MessageMemory();
    const block = memory.allocate(0);
    assert.equal(block.bytes(0, 0).length, 0);
    block.release();
  });
});
