import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import { describe, test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import pino from 'pino';
import { type Caller, CleanContext } from '../../../../workers/instance/clean-context.js';

describe('a clean context', () => {
  test('hides what an earlier call entered, at once and in its continuations', async () => {
    const store = new AsyncLocalStorage<string>();
    const context = new CleanContext();
    const found: (string | undefined)[] = [];
    const visit = async (name: string): Promise<string | undefined> => {
      found.push(store.getStore());
      store.enterWith(name);
      await nextTurn();
      return store.getStore();
    };
    const first = context.run(() => visit('first'));
    const second = context.run(() => visit('second'));
    assert.deepEqual(await Promise.all([first, second]), ['first', 'second']);
    await context.run(() => visit('third'));
    assert.deepEqual(found, [undefined, undefined, undefined]);
  });

  test('hides what its caller entered, and leaves the caller unchanged', () => {
    const store = new AsyncLocalStorage<string>();
    const context = new CleanContext();
    store.run('the caller', () => {
      context.run(() => {
        assert.equal(store.getStore(), undefined);
        store.enterWith('the callee');
      });
      assert.equal(store.getStore(), 'the caller');
    });
  });

  test('keeps what was entered before its creation', () => {
    const store = new AsyncLocalStorage<string>();
    const context = store.run('the start', () => new CleanContext());
    for (const name of ['one', 'two']) {
      context.run(() => {
        assert.equal(store.getStore(), 'the start');
        store.enterWith(name);
      });
    }
  });

  test('is clean again after a call that throws, and inside a call', () => {
    const store = new AsyncLocalStorage<string>();
    const context = new CleanContext();
    assert.throws(
      () =>
        context.run(() => {
          store.enterWith('throws');
          throw new RangeError('on purpose');
        }),
      RangeError,
    );
    context.run(() => {
      store.enterWith('outer');
      assert.equal(
        context.run(() => store.getStore()),
        undefined,
      );
      assert.equal(store.getStore(), 'outer');
    });
  });

  test('knows the logger of a call at once, and in its continuations after the first question', async () => {
    const context = new CleanContext();
    const [one, two] = [caller(), caller()];
    const found: unknown[] = [];
    const visit = async (): Promise<void> => {
      found.push(context.logger());
      await nextTurn();
      found.push(context.logger());
    };
    const early = context.run(async () => {
      await nextTurn();
      found.push(context.logger());
    }, one);
    assert.equal(context.followsSinceMs, Number.POSITIVE_INFINITY);
    await early;
    assert.deepEqual(found.splice(0), [undefined], 'not of a call that began earlier');
    assert.ok(context.followsSinceMs <= performance.now());
    await Promise.all([context.run(visit, one), context.run(visit, two), context.run(visit)]);
    assert.deepEqual(found, [one.logger, two.logger, undefined, one.logger, two.logger, undefined]);
    assert.equal(context.logger(), undefined, 'nor after the calls');
  });

  test('knows when the work of a call has ended', async () => {
    const context = new CleanContext();
    context.logger();
    const one = { ...caller(), work: {} };
    const late = context.run(async () => {
      await nextTurn();
      return context.logger();
    }, one);
    one.work = {};
    assert.equal(await late, one.plainLogger);
  });
});

function caller(): Caller {
  const [logger, plainLogger] = [pino({}, { write: () => undefined }), pino({}, { write: () => undefined })];
  return { logger, plainLogger, work: undefined };
}
