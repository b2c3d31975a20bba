import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { RECORD_HEADERS } from '../../../src/bridge/index.js';
import { factsOf, shortFacts } from '../../../src/dead/message/message-facts.js';
import { deadMessage, RECORD } from './dead-parts.js';

const LONG = 'é'.repeat(60_000);

function longFacts(longest: number) {
  const headers = { ...RECORD, [RECORD_HEADERS.cause]: LONG, [RECORD_HEADERS.routingKey]: LONG };
  return shortFacts(factsOf(deadMessage({ headers })), longest);
}

describe('the facts of a message with long headers', () => {
  test('keep the beginning of each text, and what is no text', () => {
    const { cause, routingKey, queue, attempts } = longFacts(300);
    assert.deepEqual([cause, routingKey], ['é'.repeat(300), 'é'.repeat(300)]);
    assert.deepEqual([queue, attempts], ['email', 3]);
    assert.equal(longFacts(Number.POSITIVE_INFINITY).cause, LONG);
  });

  test('take no memory for the rest of a text', () => {
    setFlagsFromString('--expose-gc');
    const collect: unknown = runInNewContext('gc');
    assert.ok(typeof collect === 'function');
    collect();
    const before = process.memoryUsage().heapUsed;
    const kept = Array.from({ length: 1_000 }, () => longFacts(300));
    collect();
    const grownMb = (process.memoryUsage().heapUsed - before) / 2 ** 20;
    assert.equal(kept.length, 1_000);
    assert.ok(grownMb < 20, `${grownMb} MB`);
  });
});
