import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { OpenTags } from '../../../src/broker/open-tags.js';
import { SeededRandom } from '../../support/seeded-random.js';

const STEPS = 20_000;

describe('tags without an answer', () => {
  test('are told by number and by the lowest, whatever order the answers come in', () => {
    const random = new SeededRandom(5);
    const tags = new OpenTags();
    const plain = new Set<number>();
    for (let step = 0, tag = 0; step < STEPS; step++) {
      if (plain.size === 0 || (plain.size < 50 && random.below(2) === 0)) {
        // Nothing says that they come without a gap.
        tag += 1 + random.below(2);
        tags.add(tag);
        plain.add(tag);
      } else {
        const open = [...plain];
        const answered = random.below(3) === 0 ? random.of(open) : (open[0] ?? 0);
        tags.remove(answered);
        plain.delete(answered);
      }
      assert.equal(tags.size, plain.size);
      assert.equal(tags.lowest, plain.values().next().value);
    }
  });

  test('answered twice are open no less than once', () => {
    const tags = new OpenTags();
    for (const tag of [1, 2, 3]) tags.add(tag);
    for (const tag of [1, 1, 3, 3]) tags.remove(tag);
    assert.deepEqual([tags.size, tags.lowest], [1, 2]);
    tags.remove(2);
    assert.deepEqual([tags.size, tags.lowest], [0, undefined]);
    tags.remove(2);
    tags.add(4);
    assert.deepEqual([tags.size, tags.lowest], [1, 4]);
  });

  test('are none after all were forgotten', () => {
    const tags = new OpenTags();
    for (const tag of [1, 2, 3]) tags.add(tag);
    tags.remove(2);
    tags.clear();
    assert.deepEqual([tags.size, tags.lowest], [0, undefined]);
  });
});
