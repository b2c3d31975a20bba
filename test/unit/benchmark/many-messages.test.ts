import assert from 'node:assert/strict';
import { test } from 'node:test';
import { resultOf } from '../../../benchmark/measurements/many-messages.js';

const LINEAR = [0, 1, 2, 3].map((part) => ({
  messages: part * 1000,
  atMs: 5000 + part * 100,
  residentBytes: 1_000_000 + part,
  mainMs: 70 + part * 20,
  processMs: 300 + part * 50,
}));

test('parts and shares are computed between consecutive milestones', () => {
  const { tenths, lastToMedian, mainShare, processShare } = resultOf(3000, LINEAR);
  assert.deepEqual(
    tenths,
    [1, 2, 3].map((part) => ({ messagesPerSecond: 10_000, cpuMicroseconds: 50, residentBytes: 1_000_000 + part })),
  );
  assert.deepEqual([lastToMedian, mainShare, processShare], [1, 0.2, 0.5]);
});

test('a slow last part is visible, and an unknown thread time stays unknown', () => {
  const slow = LINEAR.map((milestone, part) => ({
    ...milestone,
    atMs: milestone.atMs + (part === 3 ? 100 : 0),
    mainMs: undefined,
  }));
  const { lastToMedian, mainShare } = resultOf(3000, slow);
  assert.deepEqual([lastToMedian, mainShare], [0.5, undefined]);
});
