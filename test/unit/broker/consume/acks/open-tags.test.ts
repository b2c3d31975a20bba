import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { OpenTags } from '../../../../../src/broker/consume/acks/open-tags.js';
import { ownCollections } from '../../../../soak/census/holdings.js';
import { SeededRandom } from '../../../../support/seeded-random.js';

const STEPS = 20_000;

describe('tags without an answer', () => {
  test('are known by count and lowest tag, in any order of answers', () => {
    const random = new SeededRandom(5);
    const tags = new OpenTags();
    const plain = new Set<number>();
    for (let step = 0, tag = 0; step < STEPS; step++) {
      if (plain.size === 0 || (plain.size < 50 && random.below(2) === 0)) {
        // Tags may have gaps.
        tag += 1 + random.below(2);
        tags.add(tag);
        plain.add(tag);
      } else {
        const open = [...plain];
        // For a while the lowest one is never answered.
        const [lowest = 0, next = lowest] = open;
        const answered = random.below(3) === 0 ? random.of(open) : step % 2_000 < 1_000 ? next : lowest;
        tags.remove(answered);
        plain.delete(answered);
      }
      assert.equal(tags.size, plain.size);
      assert.equal(tags.lowest, plain.values().next().value);
    }
  });

  test('do not change when a closed tag is answered again', () => {
    const tags = new OpenTags();
    for (const tag of [1, 2, 3]) tags.add(tag);
    for (const tag of [1, 1, 3, 3]) tags.remove(tag);
    assert.deepEqual([tags.size, tags.lowest], [1, 2]);
    tags.remove(2);
    tags.remove(2);
    assert.deepEqual([tags.size, tags.lowest], [0, undefined]);
  });

  test('are kept behind one that is open for hours, and answered ones are dropped', () => {
    const tags = new OpenTags();
    for (let tag = 1; tag <= 100; tag++) tags.add(tag);
    for (let tag = 101; tag <= 100_000; tag++) {
      tags.remove(tag - 99);
      tags.add(tag);
      const kept = ownCollections(tags).reduce((sum, [, size]) => sum + size, 0);
      assert.ok(kept <= 400, `${kept} entries for 100 open tags`);
    }
    assert.deepEqual([tags.size, tags.lowest], [100, 1]);
    tags.remove(1);
    assert.deepEqual([tags.size, tags.lowest], [99, 99_902]);
  });

  test('are empty after a reset', () => {
    const tags = new OpenTags();
    for (const tag of [1, 2, 3]) tags.add(tag);
    tags.remove(2);
    tags.clear();
    assert.deepEqual([tags.size, tags.lowest], [0, undefined]);
  });
});
