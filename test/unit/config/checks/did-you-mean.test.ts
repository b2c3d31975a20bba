import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { nearestKey, nearestValue, suggestValue } from '../../../../src/config/checks/did-you-mean.js';
import { DURATION_EXPECTED } from '../../../../src/timing/index.js';
import { CONSUMERS, reportOf } from '../readings.js';

const CONSUMER = ['consumer', 'queue', 'consumer_count', 'prefetch_count', 'retry', 'middleware', 'options'];
const QUEUE = ['queue', 'x_message_ttl', 'x_queue_type', 'x_dead_letter_exchange', 'x_dead_letter_routing_key'];

describe('a suggestion for a key', () => {
  it('is the word of this file for that of another program', () => {
    const cases = { prefetch: 'prefetch_count', qos: 'prefetch_count', instances: 'consumer_count', class: 'consumer' };
    for (const [key, meant] of Object.entries(cases)) assert.equal(nearestKey(key, CONSUMER), meant);
    assert.equal(nearestKey('name', QUEUE), 'queue');
    assert.equal(nearestKey('name', ['exchange', 'type']), 'exchange');
    assert.equal(nearestKey('ttl', QUEUE), 'x_message_ttl');
    assert.equal(nearestKey('type', QUEUE), 'x_queue_type');
  });

  it('is a misspelling, or the only key that begins so', () => {
    assert.equal(nearestKey('prefetchCuont', CONSUMER), 'prefetch_count');
    assert.equal(nearestKey('midd', CONSUMER), 'middleware');
  });

  it('is missing where nothing is close', () => {
    assert.equal(nearestKey('colour', CONSUMER), undefined);
    assert.equal(nearestKey('constructor', CONSUMER), undefined);
  });
});

describe('a suggestion for a value', () => {
  it('is the nearest of the words, or the word for a synonym', () => {
    assert.equal(nearestValue('warning', ['info', 'warn']), 'warn');
    assert.equal(nearestValue('qorum', ['classic', 'quorum']), 'quorum');
  });

  it('is what was probably meant by a text where no text may be', () => {
    assert.equal(suggest('yes', 'true or false'), 'true');
    assert.equal(suggest('off', 'true or false'), 'false');
    assert.equal(suggest('4', 'a whole number from 1 to 8'), '4');
    assert.equal(suggest('30 seconds', DURATION_EXPECTED), '30s');
    assert.equal(suggest('0s', DURATION_EXPECTED), undefined);
    assert.equal(suggest('soon', DURATION_EXPECTED), undefined);
    assert.equal(suggest(5, 'true or false'), undefined);
  });

  it('is given for a misspelled stream offset', () => {
    const [problem] = reportOf(`${CONSUMERS}    arguments: {x-stream-offset: frist}\n`);
    assert.match(problem ?? '', /is "frist", did you mean "first"\?/);
  });
});

function suggest(found: unknown, expected: string): string | undefined {
  return suggestValue({ found, expected, words: [] });
}
