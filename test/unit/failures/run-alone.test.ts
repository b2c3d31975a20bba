import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { RECORD_HEADERS } from '../../../src/bridge/index.js';
import { mustRunAlone } from '../../../src/failures/run-alone.js';
import { wireMessage } from '../../support/amqp/wire-message.js';

const RETRY = { attempts: 3, delayMs: 1, backoff: 'fixed', factor: 1, maxDelayMs: 1, jitter: 0 } as const;

function after(attempts: number, deaths = 0): ReturnType<typeof wireMessage> {
  return wireMessage({ headers: { [RECORD_HEADERS.attempts]: attempts, [RECORD_HEADERS.deaths]: deaths } });
}

describe('a message must run alone', () => {
  test('after a thread ended while it ran, with or without retries', () => {
    for (const retry of [undefined, RETRY]) {
      assert.equal(mustRunAlone(after(1, 1), retry), true);
      assert.equal(mustRunAlone(wireMessage({ headers: { other: 1 } }), retry), false);
    }
  });

  test('at its last attempt, if it has failed before', () => {
    assert.deepEqual(
      [1, 2, 3].map((failed) => mustRunAlone(after(failed), RETRY)),
      [false, true, true],
    );
    assert.equal(mustRunAlone(after(2), undefined), false);
    assert.equal(mustRunAlone(wireMessage(), { ...RETRY, attempts: 1 }), false);
  });
});
