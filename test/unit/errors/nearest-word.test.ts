import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { nearestWord } from '../../../src/errors/index.js';

const WORDS = ['queue', 'durable', 'auto_delete', 'prefetch_count', 'consumer_count', 'x_max_length'];

describe('nearestWord', () => {
  it('finds the word behind a typo', () => {
    const slips = [
      ['qeue', 'queue'],
      ['queues', 'queue'],
      ['durabel', 'durable'],
      ['autodelete', 'auto_delete'],
      ['prefetchCount', 'prefetch_count'],
      ['PREFETCH-COUNT', 'prefetch_count'],
      ['x-max-lenght', 'x_max_length'],
    ] as const;
    for (const [slip, meant] of slips) assert.equal(nearestWord(slip, WORDS), meant, slip);
  });

  it('finds nothing when no word is close', () => {
    for (const word of ['colour', '', 'x', 'zzzzzzzzzz', 'q'.repeat(1_000_000)]) {
      assert.equal(nearestWord(word, WORDS), undefined);
    }
  });

  it('prefers the closest word', () => {
    assert.equal(nearestWord('consumer_coun', ['consumer_county', 'consumer_count']), 'consumer_count');
  });
});
