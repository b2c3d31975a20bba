import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import {
  BrokerError,
  ConfigurationError,
  ConsumerError,
  DeliveryError,
  DispatcherError,
  ERROR_CODES,
  messageOf,
  stacksOf,
} from '../../../src/errors/index.js';

const DOCUMENT = new URL('../../../../docs/errors.md', import.meta.url);

describe('docs/errors.md', () => {
  test('has one row for every error code and no other', () => {
    const document = readFileSync(DOCUMENT, 'utf8');
    const listed = [...document.matchAll(/^\| `([A-Z][A-Z_]*)` *\|/gm)].map(([, code = '']) => code);
    assert.deepEqual(listed.toSorted(), Object.keys(ERROR_CODES).toSorted());
  });
});

describe('an error of the program', () => {
  test('has the name of its class, its code and its cause', () => {
    const cause = new Error('root');
    for (const [name, kind] of Object.entries({ BrokerError, ConfigurationError, ConsumerError, DeliveryError })) {
      const error = new kind('WORKER_DIED', 'gone', { cause });
      assert.ok(error instanceof DispatcherError);
      assert.equal(error.name, name);
      assert.equal(error.code, 'WORKER_DIED');
      assert.equal(error.cause, cause);
      assert.match(error.stack ?? '', /codes\.test/);
    }
  });

  test('is a plain DispatcherError when no subclass fits', () => {
    assert.equal(new DispatcherError('DELIVERY_STOPPED', 'stops').name, 'DispatcherError');
  });
});

describe('the message of a thrown value', () => {
  test('is that of the error, or the value as text', () => {
    assert.equal(messageOf(new Error('words')), 'words');
    assert.equal(messageOf('text'), 'text');
    assert.equal(messageOf(undefined), 'undefined');
    assert.equal(messageOf(Symbol('s')), 'Symbol(s)');
  });

  test('appends the errors of an AggregateError unless it names them itself', () => {
    const [one, two] = [new Error('one'), new Error('two')];
    assert.equal(messageOf(new AggregateError([one, two])), 'one, two');
    assert.equal(messageOf(new AggregateError([one, 'text'], 'all failed')), 'all failed: one, text');
    assert.equal(messageOf(new AggregateError([one, two], 'failed: two and one')), 'failed: two and one');
    assert.equal(messageOf(new AggregateError([new AggregateError([one]), two, one, two])), 'one, two, one, 1 more');
    assert.equal(messageOf(new AggregateError([])), '');
  });

  test('ends at an error among its own errors, or one whose errors cannot be read', () => {
    const ring = new AggregateError([new Error('one')], 'ring');
    ring.errors.push(ring);
    assert.equal(messageOf(ring), 'ring: one');
    const mute = Object.defineProperty(new Error('mute'), 'errors', { get: () => assert.fail('a getter') });
    assert.equal(messageOf(mute), 'mute');
  });

  test('is a sentence when the value cannot be shown', () => {
    assert.equal(messageOf(Object.create(null)), 'an unprintable value was thrown');
  });
});

function stacked(error: Error, stack: string): Error {
  return Object.assign(error, { stack });
}

describe('the stacks of an error', () => {
  test('include those of its causes and errors', () => {
    const root = stacked(new Error('root'), 'ROOT');
    const [one, two] = [stacked(new Error('one', { cause: root }), 'ONE'), stacked(new Error('two'), 'TWO')];
    const all = stacked(new AggregateError([one, two], 'all', { cause: stacked(new Error('why'), 'WHY') }), 'ALL');
    assert.deepEqual(stacksOf(all), [
      'ALL',
      'caused by: WHY',
      'error 1 of 2: ONE',
      'caused by: ROOT',
      'error 2 of 2: TWO',
    ]);
  });
});
