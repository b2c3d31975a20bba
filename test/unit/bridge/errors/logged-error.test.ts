import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { pino } from 'pino';
import { fromErrorData, loggedError, toErrorData } from '../../../../src/bridge/index.js';

/** The error in its log line. */
function inLog(error: unknown): Record<string, unknown> {
  const lines: string[] = [];
  const stream = { write: (line: string) => void lines.push(line) };
  pino({ serializers: { err: loggedError } }, stream).error({ err: error }, 'failed');
  const { err } = JSON.parse(lines[0] ?? '');
  return err;
}

class PaymentError extends Error {
  readonly syscall = 'pay';
}

describe('an error in the log', () => {
  test('has its class, message, stack, code and other fields', () => {
    const error = Object.assign(new PaymentError('expired'), { code: 'E_CARD' });
    const { type, message, stack, code, syscall } = inLog(error);
    assert.deepEqual(
      { type, message, code, syscall },
      { type: 'PaymentError', message: 'expired', code: 'E_CARD', syscall: 'pay' },
    );
    assert.equal(stack, error.stack);
  });

  const CLASSES: readonly (readonly [what: string, thrown: Error, type: string])[] = [
    ['a class of its own', new PaymentError('m'), 'PaymentError'],
    ['a class and another name', Object.assign(new PaymentError('m'), { name: 'E_PAY' }), 'PaymentError'],
    ['a name only', Object.assign(new Error('m'), { name: 'PaymentError' }), 'PaymentError'],
    ['a class of Node.js', new RangeError('m'), 'RangeError'],
    ['a DOMException, which has one class for many names', new DOMException('m', 'TimeoutError'), 'TimeoutError'],
    ['nothing but Error', new Error('m'), 'Error'],
  ];
  for (const [what, thrown, type] of CLASSES) {
    test(`has as type: the class, here and in another thread, with ${what}`, () => {
      assert.equal(inLog(thrown).type, type);
      const far = fromErrorData(structuredClone(toErrorData(thrown)));
      assert.equal(inLog(far).type, type);
      assert.equal(inLog(fromErrorData(structuredClone(toErrorData(far)))).type, type, 'and back');
    });
  }

  test('has the class of each cause and of each error of an AggregateError, also in another thread', () => {
    const cause = Object.assign(new PaymentError('no card'), { name: 'E_PAY' });
    const all = new AggregateError([new PaymentError('one'), new TypeError('two')], 'all', { cause });
    for (const error of [all, fromErrorData(structuredClone(toErrorData(all)))]) {
      const { type, aggregateErrors, cause: behind } = inLog(error);
      assert.equal(type, 'AggregateError');
      assert.ok(Array.isArray(aggregateErrors) && typeof behind === 'object' && behind !== null && 'type' in behind);
      assert.deepEqual(
        [...aggregateErrors.map((each) => each.type), behind.type],
        ['PaymentError', 'TypeError', 'PaymentError'],
      );
    }
  });

  test('is called NonError if it is no error, unless it has a class', () => {
    class Refusal {
      readonly status = 402;
    }
    const types = ['text', undefined, null, { status: 402 }, [1], new Refusal()].map(
      (thrown) => inLog(fromErrorData(toErrorData(thrown))).type,
    );
    assert.deepEqual(types, ['NonError', 'NonError', 'NonError', 'NonError', 'NonError', 'Refusal']);
  });

  test('lists each cause once, nested', () => {
    const root = Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });
    const err = inLog(new TypeError('no database: refused', { cause: root }));
    assert.equal(err.message, 'no database: refused');
    assert.ok(typeof err.stack === 'string' && !err.stack.includes('caused by'));
    assert.deepEqual(err.cause, { type: 'Error', message: 'refused', stack: root.stack, code: 'ECONNREFUSED' });
  });

  test('lists the errors of an AggregateError, even if it contains itself', () => {
    const all = new AggregateError([new Error('one'), new RangeError('two')]);
    all.errors.push(all);
    const { aggregateErrors } = inLog(all);
    assert.ok(Array.isArray(aggregateErrors));
    assert.deepEqual(
      aggregateErrors.map(({ type, message }) => [type, message]),
      [
        ['Error', 'one'],
        ['RangeError', 'two'],
      ],
    );
  });

  test('never throws out of the log call', () => {
    const hostile = [
      Object.defineProperty(new Error('m'), 'more', { enumerable: true, get: () => assert.fail('a getter') }),
      Object.defineProperty(new Error('m'), 'name', { get: () => assert.fail('a getter') }),
      new Proxy(new Error('m'), { ownKeys: () => assert.fail('a trap') }),
      Object.assign(new Error('m'), { constructor: null }),
    ];
    for (const error of hostile) assert.equal(inLog(error).message, 'm');
  });

  test('stays unchanged if it is not an error', () => {
    assert.equal(loggedError('text'), 'text');
    assert.equal(loggedError(undefined), undefined);
  });
});
