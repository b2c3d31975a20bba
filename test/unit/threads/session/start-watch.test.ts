import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { setImmediate as endOfTurn } from 'node:timers/promises';
import { pino } from 'pino';
import { startStep } from '../../../../src/bridge/index.js';
import { StartWatch } from '../../../../src/threads/session/start-watch.js';
import { deferred } from '../../../../src/timing/index.js';

const MODULE = startStep('module', 'module "./a.mjs" (/srv/a.mjs, for export "A")');
const AWAIT = 'a top-level await in it, or in a module that it imports, has not settled';
const BLOCKS = 'it keeps its thread busy or blocked, or the machine is overloaded';

/** A watch over an endless start, on its own clock. */
function watching(t: TestContext, limitMs: number, isAwake = true) {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const lines: string[] = [];
  const write = (line: string): void => void lines.push(String(Reflect.get(Object(JSON.parse(line)), 'msg')));
  const watch: StartWatch = new StartWatch({
    thread: 3,
    logger: pino({ level: 'info' }, { write }),
    ask: () => isAwake && watch.awake(),
  });
  const { promise, resolve, reject } = deferred<string>();
  const outcome = watch.within(limitMs, promise, reject).then(String, ({ code, message }) => `${code}: ${message}`);
  return { watch, lines, outcome, done: resolve };
}

async function pass(t: TestContext, ms: number): Promise<void> {
  t.mock.timers.tick(ms);
  await endOfTurn();
  // Lets the time for the missing answer pass.
  t.mock.timers.tick(2_000);
  await endOfTurn();
}

describe('the start watch of a thread', () => {
  test('reports a step after 10 s, once, with its name', async (t) => {
    const { watch, lines, outcome, done } = watching(t, 60_000);
    watch.began(MODULE);
    await pass(t, 7_000);
    assert.deepEqual(lines, []);
    await pass(t, 1_000);
    await pass(t, 20_000);
    assert.deepEqual(lines, [
      `worker thread 3 is not ready yet: ${MODULE.subject} has not loaded after 10 s: ${AWAIT}`,
    ]);
    done('hosted');
    assert.equal(await outcome, 'hosted');
  });

  test('gives each step the full time, and reports no quick one', async (t) => {
    const { watch, lines, outcome, done } = watching(t, 15_000);
    for (let at = 0; at < 5; at++) {
      watch.began(startStep('instance', `the constructor of ./a.mjs:A${at}`));
      await pass(t, 7_000);
    }
    done('hosted');
    assert.equal(await outcome, 'hosted');
    assert.deepEqual(lines, []);
  });

  for (const [step, isAwake, error] of [
    [
      MODULE,
      true,
      `CONSUMER_MODULE_FAILED: ${MODULE.subject} has not loaded within startup_timeout (200 ms): ${AWAIT}`,
    ],
    [
      MODULE,
      false,
      `CONSUMER_MODULE_FAILED: ${MODULE.subject} has not loaded within startup_timeout (200 ms): ${BLOCKS}`,
    ],
    [
      startStep('instance', 'the constructor of ./a.mjs:A'),
      false,
      `CONSUMER_CONSTRUCTION_FAILED: the constructor of ./a.mjs:A has not returned within startup_timeout (200 ms): ${BLOCKS}`,
    ],
    [
      startStep('startup', 'export "startup" of "./startup.js"'),
      true,
      'STARTUP_FAILED: the startup handler outlasted startup_timeout (200 ms): export "startup" of "./startup.js": its promise has not settled',
    ],
  ] as const) {
    test(`ends a step that exceeds the limit: ${step.kind}, ${isAwake ? 'waiting' : 'blocking'}`, async (t) => {
      const { watch, outcome } = watching(t, 200, isAwake);
      watch.began(step);
      await pass(t, 200);
      assert.equal(await outcome, error);
    });
  }

  test('counts no time against user code before its first step', async (t) => {
    const { outcome } = watching(t, 200, false);
    await pass(t, 25_000);
    assert.equal(await Promise.race([outcome, Promise.resolve('still starting')]), 'still starting');
    await pass(t, 3_000);
    assert.equal(await outcome, 'WORKER_DIED: the thread did not start');
  });

  test('ends no step that ended or went on during the check', async (t) => {
    const { watch, outcome, done } = watching(t, 200, false);
    watch.began(MODULE);
    t.mock.timers.tick(200);
    watch.began(startStep('instance', 'the constructor of ./a.mjs:A'));
    t.mock.timers.tick(199);
    await endOfTurn();
    done('hosted');
    assert.equal(await outcome, 'hosted');
  });
});
