import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { type ErrorData, fromErrorData, isErrorData, toErrorData } from '../../../../src/bridge/index.js';

class PaymentError extends Error {
  override readonly name = 'PaymentError';
  readonly code = 'CARD_EXPIRED';
}

function across(thrown: unknown): Error {
  return fromErrorData(structuredClone(toErrorData(thrown)));
}

/** Total number of errors in the data. */
function sizeOf({ cause, errors = [] }: ErrorData): number {
  return 1 + (cause === undefined ? 0 : sizeOf(cause)) + errors.reduce((sum, each) => sum + sizeOf(each), 0);
}

function getting(what: string): Error {
  return Object.defineProperty(new Error('readable'), what, { get: () => assert.fail('a getter') });
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

  test('has no code and no cause if it had none', () => {
    const error = across(new Error('plain'));
    assert.equal('code' in error, false);
    assert.equal('cause' in error, false);
  });

  test('may come from another realm', () => {
    assert.equal(toErrorData(runInNewContext('new RangeError("far away")')).name, 'RangeError');
  });

  test('keeps the errors of an AggregateError, and their errors', () => {
    const inner = Object.assign(new TypeError('two', { cause: new Error('root') }), { code: 'E_TWO' });
    const error = across(new AggregateError([new Error('one'), inner, 'three'], 'all'));
    assert.ok('errors' in error && Array.isArray(error.errors));
    const [one, two, three] = error.errors;
    assert.ok(one instanceof Error && two instanceof Error && three instanceof Error);
    assert.deepEqual([one.message, two.message, three.message], ['one', 'two', 'three']);
    assert.ok('code' in two && two.cause instanceof Error);
    assert.deepEqual([two.name, two.code, two.cause.message], ['TypeError', 'E_TWO', 'root']);
    assert.equal(Object.keys(error).includes('errors'), false);
  });

  test('appears once when its chain of causes has a cycle', () => {
    const ring = new Error('ring');
    ring.cause = ring;
    assert.equal(sizeOf(toErrorData(ring)), 1);
    const [one, two] = [new Error('one'), new Error('two')];
    one.cause = two;
    two.cause = one;
    assert.equal(sizeOf(toErrorData(one)), 2);
    const shared = new Error('shared');
    const all = new AggregateError([shared, shared], 'all', { cause: shared });
    all.errors.push(all);
    assert.equal(sizeOf(toErrorData(all)), 2);
  });

  test('is bounded, however many errors are behind it', () => {
    const many = new AggregateError(Array.from({ length: 1_000 }, (_, at) => new Error(`error ${at}`)));
    const data = toErrorData(many);
    assert.equal(data.errors?.length, 11);
    assert.equal(data.errors?.at(-1)?.message, '990 more');
    const wide = (depth: number): Error =>
      depth === 0 ? new Error('leaf') : new AggregateError(Array.from({ length: 8 }, () => wide(depth - 1)));
    assert.ok(sizeOf(toErrorData(wide(4))) <= 20);
    let chain = new Error('root');
    for (let left = 100; left > 0; left--) chain = new Error(`over ${left}`, { cause: chain });
    assert.ok(sizeOf(toErrorData(chain)) <= 6);
    const huge = new Error('x'.repeat(1_000_000));
    const { message, stack = '' } = toErrorData(huge);
    assert.ok(message.length < 10_000 && stack.length < 20_000, `${message.length} ${stack.length}`);
  });

  test('hides only the getters that throw', () => {
    for (const what of ['name', 'stack', 'code', 'cause', 'errors']) {
      assert.equal(toErrorData(getting(what)).message, 'readable', what);
    }
    assert.equal(toErrorData(getting('message')).name, 'Error');
  });
});

describe('data in the form of an error', () => {
  test('is accepted if it is a serialized error', () => {
    const all = new AggregateError([new Error('one', { cause: 'text' }), 2], 'all', { cause: new TypeError('why') });
    assert.equal(isErrorData(structuredClone(toErrorData(all))), true);
    const many = new AggregateError(Array.from({ length: 1_000 }, () => new Error('e', { cause: new Error('c') })));
    assert.equal(isErrorData(structuredClone(toErrorData(many))), true);
  });

  test('is refused if it is malformed or endless', () => {
    const error = { name: 'Error', message: 'm' };
    const ring: Record<string, unknown> = { ...error };
    ring['cause'] = ring;
    const wide: Record<string, unknown> = { ...error };
    wide['errors'] = Array.from({ length: 1_000 }, () => wide);
    const wrong = [ring, wide, { ...error, errors: error }, { ...error, errors: [{}] }, { ...error, cause: 'text' }];
    for (const each of wrong) assert.equal(isErrorData(each), false);
  });
});

describe('a thrown value that is not an error', () => {
  test('is shown by its type and value', () => {
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

  test('is described without a throw, however hostile it is', () => {
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

  test('becomes cloneable data, whatever it is', () => {
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
