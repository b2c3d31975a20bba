import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ConsumerConfig } from '../../../../src/config/index.js';
import { busyAt, prefetchOf } from '../../../../src/dispatch/limits/prefetch.js';
import { configurationOf } from '../../config/readings.js';

function entryOf(keys: string): ConsumerConfig {
  const [entry] = configurationOf(`consumers: [{consumer: ./a.js, queue: q, consumer_count: 3, ${keys}}]`).consumers;
  assert.ok(entry !== undefined);
  return entry;
}

function prefetch(keys: string): number {
  return prefetchOf(entryOf(keys));
}

describe('every instance has enough work', () => {
  test('with a message, or a batch, that runs and one that follows', () => {
    assert.equal(busyAt(entryOf('prefetch_count: 7')), 6);
    assert.equal(busyAt(entryOf('batch: {size: 50}')), 300);
  });

  test('never for certain with keys, because all open messages may share one', () => {
    assert.equal(busyAt(entryOf('partition_by: routing_key')), Number.POSITIVE_INFINITY);
  });
});

describe('the requested prefetch', () => {
  test('is that of the file', () => {
    assert.equal(prefetch('prefetch_count: 7'), 7);
    assert.equal(prefetch('batch: {size: 50}'), 300);
  });

  test('is bounded when the file sets no limit, and enough for two batches per instance', () => {
    assert.equal(prefetch('prefetch_count: 0'), 1_000);
    assert.equal(prefetch('prefetch_count: 0, batch: {size: 500}'), 3_000);
    assert.equal(prefetch('prefetch_count: 0, batch: {size: 10000}'), 60_000);
  });

  test('is one second of a rate limit, plus running and batched messages', () => {
    assert.equal(prefetch('prefetch_count: 0, rate_limit: 20/s'), 23);
    assert.equal(prefetch('batch: {size: 50}, rate_limit: 20/s'), 300);
    assert.equal(prefetch('prefetch_count: 0, batch: {size: 50}, rate_limit: 20/s'), 320);
  });
});
