import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RECORD_HEADERS } from '../../../../src/bridge/index.js';
import { deathRecord } from '../../../../src/failures/dead-letter/death-record.js';

test('a death record has the stacks of causes and errors, a short one beside a long one', () => {
  const long = Object.assign(new Error('one'), { stack: `Error: one\n${'    at far away\n'.repeat(10_000)}` });
  const error = new AggregateError([long, new Error('two', { cause: new Error('root') })], 'all failed');
  const place = { queue: 'q', consumer: 'C', host: 'h' };
  const headers = deathRecord(place, { reason: 'exhausted', error }, new Date(0));
  assert.equal(headers[RECORD_HEADERS.cause], 'all failed: one, two');
  const stack = headers[RECORD_HEADERS.stack];
  assert.ok(typeof stack === 'string' && Buffer.byteLength(stack) <= 8192);
  for (const part of [
    'AggregateError: all failed',
    'error 1 of 2: Error: one',
    'error 2 of 2: Error: two',
    'caused by: Error: root',
  ]) {
    assert.ok(stack.includes(part), stack);
  }
});
