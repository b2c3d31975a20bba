import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HeldTags } from '../../../../src/broker/queue-reader/held-tags.js';

test('held tags are tracked by the highest tag of each batch until that batch is answered', () => {
  const held = new HeldTags();
  for (const tags of [[1, 2, 3], [4, 5], [6]]) {
    held.beginBatch();
    for (const tag of tags) held.add(tag);
  }
  for (const removed of [3, 4, 5, 99]) held.remove(removed);
  assert.deepEqual(held.takeHighest(), [2, 6]);
  assert.deepEqual(held.takeHighest(), []);
});

test('a tag belongs to one batch', () => {
  assert.throws(() => new HeldTags().add(1), RangeError);
});
