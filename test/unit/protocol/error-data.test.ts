import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { type ErrorData, fromErrorData, toErrorData } from '../../../src/protocol/index.js';

class PaymentError extends Error {
  override readonly name = 'PaymentError';
  readonly code = 'CARD_EXPIRED';
}

function across(thrown: unknown): Error {
  return fromErrorData(structuredClone(toErrorData(thrown)));
}

function depthOf(data: ErrorData): number {
  return data.cause === undefined ? 0 : 1 + depthOf(data.cause);
}

describe('an error that crosses to another thread', () => {
  test('keeps its name, message, code, stack and causes', () => {
    const root = Object.assign(new TypeError('root'), { code: 42 });
    const thrown = new PaymentError('expired', { cause: root });
    const error = across(thrown);
    assert.ok(error instanceof Error);
    assert.equal(error.name, 'PaymentError');
    assert.equal(error.message, 'expired');
    assert.equal('code' in error && error.code, 'CARD_EXPIRED');
    assert.equal(error.stack, thrown.stack);
    assert.ok(error.cause instanceof Error);
    assert.equal(error.cause.name, 'TypeError');
    assert.equal('code' in error.cause && error.cause.code, 42);
  });

  test('has no code and no cause when it had none', () => {
    const error = across(new Error('plain'));
    assert.equal('code' in error, false);
    assert.equal('cause' in error, false);
  });

  test('may come from another realm', () => {
    assert.equal(toErrorData(runInNewContext('new RangeError("far away")')).name, 'RangeError');
  });

  test('ends a cyclic chain of causes', () => {
    const ring = new Error('ring');
    ring.cause = ring;
    const depth = depthOf(toErrorData(ring));
    assert.ok(depth >= 1 && depth <= 10, `${depth} causes`);
  });
});

describe('something else that was thrown', () => {
  test('is shown as what it is', () => {
    const cases: readonly (readonly [unknown, string])[] = [
      ['text', 'a non-Error was thrown: text'],
      [42, 'a non-Error was thrown: 42'],
      [undefined, 'a non-Error was thrown: undefined'],
      [null, 'a non-Error was thrown: null'],
      [{ reason: 1 }, 'a non-Error was thrown: {"reason":1}'],
      [Symbol('s'), 'a non-Error was thrown: Symbol(s)'],
    ];
    for (const [thrown, message] of cases) assert.deepEqual(toErrorData(thrown), { name: 'NonError', message });
  });

  test('never makes the description throw, however hostile it is', () => {
    const ring: Record<string, unknown> = {};
    ring.again = ring;
    const hostile: readonly unknown[] = [
      ring,
      { big: 1n },
      Object.create(null),
      new Proxy({}, { has: () => assert.fail('a trap') }),
      Object.defineProperty(new Error('hidden'), 'message', { get: () => assert.fail('a getter') }),
      Object.defineProperty(new Error('hidden'), 'cause', { get: () => assert.fail('a getter') }),
      { message: { toJSON: () => assert.fail('a toJSON') } },
      Object.assign(new Error('odd'), { name: 7, code: {}, stack: null }),
    ];
    for (const thrown of hostile) {
      const data = toErrorData(thrown);
      assert.equal(typeof data.name, 'string');
      assert.equal(typeof data.message, 'string');
      assert.doesNotThrow(() => structuredClone(data));
    }
  });

  test('whatever it is, becomes cloneable data', () => {
    fc.assert(
      fc.property(
        fc.anything({ withBigInt: true, withDate: true, withMap: true, withNullPrototype: true }),
        (thrown) => {
          const data = structuredClone(toErrorData(thrown));
          assert.equal(fromErrorData(data).message, data.message);
        },
      ),
    );
  });
});
