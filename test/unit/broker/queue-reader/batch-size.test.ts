import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { BatchSize } from '../../../../src/broker/queue-reader/batch-size.js';

const MEBIBYTE = 1024 * 1024;

function sizesAfter(...batches: readonly number[]): number[] {
  const size = new BatchSize();
  return [
    size.next,
    ...batches.map((bytes) => {
      size.adapt(bytes);
      return size.next;
    }),
  ];
}

describe('the size of a batch', () => {
  test('doubles while bodies are small, up to a limit', () => {
    assert.deepEqual(sizesAfter(...Array.from({ length: 9 }, () => 1)), [4, 8, 16, 32, 64, 128, 256, 512, 512, 512]);
  });

  test('halves beyond 16 MiB, down to one message', () => {
    const large = 16 * MEBIBYTE + 1;
    assert.deepEqual(sizesAfter(16 * MEBIBYTE, large, large, large, large, large), [4, 8, 4, 2, 1, 1, 1]);
  });
});
