import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Reject, Retry } from '../../../../src/consumer-api/index.js';
import { decisionOf } from '../../../../workers/instance/consumer-decision.js';
import { InvalidMessage } from '../../../../workers/instance/invalid-message.js';

function trap(): never {
  throw new Error('a trap');
}

describe('a value that a consumer throws', () => {
  test('is a decision if it is a Retry or a Reject, from any copy of the package', () => {
    assert.deepEqual(decisionOf(new Retry({ delay: '5m' })), { type: 'retry', delayMs: 300_000 });
    assert.deepEqual(decisionOf(new Retry({ delay: 0 })), { type: 'retry', delayMs: 0 });
    assert.deepEqual(decisionOf(new Retry()), { type: 'retry' });
    assert.deepEqual(decisionOf(new Reject('why')), { type: 'reject' });
    assert.deepEqual(decisionOf({ code: 'CONSUMER_RETRY', delayMs: 7 }), { type: 'retry', delayMs: 7 });
  });

  test('means an invalid message only if our own decoding threw it', () => {
    const errors = Array.from({ length: 30 }, (_, index) => `/${index} must be string`);
    const thrown = new InvalidMessage(errors);
    assert.equal(thrown.message, '/0 must be string (and 29 more)');
    assert.equal(new InvalidMessage(['the body is not JSON']).message, 'the body is not JSON');
    const told = [...errors.slice(0, 19), 'and 11 more'];
    assert.deepEqual(decisionOf(thrown), { type: 'invalid', errors: told });
    assert.equal(decisionOf({ code: 'MESSAGE_INVALID', errors }), undefined);
  });

  test('is no decision otherwise, however hostile it is', () => {
    const hostile = new Proxy(new Error('x'), { has: trap, getPrototypeOf: trap });
    for (const thrown of [undefined, null, 'CONSUMER_REJECT', new Error('x'), { code: 1 }, hostile]) {
      assert.equal(decisionOf(thrown), undefined);
    }
  });

  test('carries the reason, and a delay must be valid', () => {
    assert.equal(new Reject('no such user', { cause: 1 }).cause, 1);
    assert.equal(new Retry({ message: 'later' }).message, 'later');
    assert.throws(() => new Retry({ delay: 'soon' }), /delay is "soon" \(expected a duration such as 500ms/);
  });
});
