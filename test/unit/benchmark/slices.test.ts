import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { mergeSamples, type Sample } from '../../../benchmark/statistics/samples.js';
import { inOrderOf, sampleEveryOf, spareOf, windowOf } from '../../../benchmark/throughput/slices.js';

const SIZE = { messages: 1_000, warmUp: 2_000, threads: 1 };
const SLICES = 4;
/** Milliseconds that the process is suspended between two slices. */
const SUSPENDED = 60_000;

/** The samples of a process that needs a millisecond for a message, and a tenth more in each further slice. */
function samplesOf(slices: number): Sample[] {
  const every = sampleEveryOf(SIZE);
  const samples: Sample[] = [];
  let atMs = 0;
  const total = SIZE.warmUp + spareOf(SIZE) + slices * SIZE.messages;
  for (let message = 1; message <= total; message++) {
    const slice = Math.floor((message - SIZE.warmUp - spareOf(SIZE) - 1) / SIZE.messages);
    if (slice >= 0 && (message - SIZE.warmUp - spareOf(SIZE) - 1) % SIZE.messages === 0) atMs += SUSPENDED;
    atMs += 1 + Math.max(0, slice) / 10;
    if (message % every === 0) samples.push({ atMs, cpuMicroseconds: atMs * 10 });
  }
  return samples;
}

describe('the slices of a round', () => {
  test('have their own rates each, without the time in which the process was suspended', () => {
    const samples = samplesOf(SLICES);
    for (let slice = 0; slice < SLICES; slice++) {
      const rate = mergeSamples(samples, windowOf(slice, SIZE))?.rate ?? 0;
      assert.equal(Math.round(rate), Math.round(1_000 / (1 + slice / 10)));
    }
  });

  test('end with messages that are in the queue', () => {
    const samples = samplesOf(1);
    assert.notEqual(mergeSamples(samples, windowOf(0, SIZE)), undefined);
    assert.equal(mergeSamples(samples, windowOf(1, SIZE)), undefined);
  });

  test('begin with each contestant equally often, and after each of the others', () => {
    const orders = Array.from({ length: 8 }, (_, slice) => inOrderOf(slice, ['a', 'b', 'c', 'd']).join(''));
    assert.deepEqual(orders, ['abcd', 'dcba', 'bcda', 'adcb', 'cdab', 'badc', 'dabc', 'cbad']);
  });
});
