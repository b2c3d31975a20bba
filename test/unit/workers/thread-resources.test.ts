import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { pino } from 'pino';
import type {
  Consumer,
  ConsumerClass,
  ConsumerContext,
  Options,
  Resources,
  ShutdownHandler,
  StartupContext,
  StartupHandler,
} from '../../../src/consumer-api/index.js';
import { CleanContext } from '../../../workers/instance/clean-context.js';
import { StopDeadline } from '../../../workers/instance/stop-deadline.js';
import { ModuleLoader } from '../../../workers/load/module-loader.js';
import { MetricRegistry } from '../../../workers/metrics/metric-registry.js';
import { ThreadResources } from '../../../workers/thread-resources.js';
import { type JsonRecord, parseRecord } from '../../support/json-record.js';
import { makeFolder } from './module-folder.js';

/** The resources of thread 1 of 2, whose startup handler is in this module; the module's `story` tells what it did. */
function resourcesOf(t: TestContext, source: string | undefined) {
  const folder = makeFolder(t, { 'startup.mjs': `export const story = [];\n${source ?? ''}` });
  const lines: JsonRecord[] = [];
  const steps: string[] = [];
  const onStep = ({ subject }: { readonly subject: string }): void => void steps.push(subject);
  const write = (line: string): void => void lines.push(parseRecord(line) ?? {});
  const resources = new ThreadResources({
    handler: source === undefined ? undefined : { module: './startup.mjs', exportName: 'startup' },
    thread: 1,
    threads: 2,
    shutdownTimeoutMs: 20_000,
    loader: new ModuleLoader(folder, onStep),
    context: new CleanContext(),
    createLogger: () => pino({ base: { thread: 1 } }, { write }),
    onStep,
    onShutdown: () => undefined,
  });
  const story = async (): Promise<unknown> => Reflect.get(await import(`${folder}/startup.mjs`), 'story');
  return { resources, lines, steps, story };
}

function within(ms: number): StopDeadline {
  const deadline = new StopDeadline();
  deadline.bring(ms);
  return deadline;
}

const codesOf = (lines: readonly JsonRecord[]): unknown[] => lines.map(({ level, code, msg }) => [level, code, msg]);

/** The types of a user's startup module and consumer: they compile. */
async function startup({ thread }: StartupContext) {
  return { db: { count: (table: string) => table.length }, thread };
}
const handler: StartupHandler = startup;
const undo: ShutdownHandler<Resources<typeof startup>> = ({ db }) => void db.count('orders');
class Typed implements Consumer {
  readonly count: number;
  constructor({ resources, options }: ConsumerContext<Options, Resources<typeof startup>>) {
    this.count = resources.db.count(String(options['table']));
  }
  consume(): void {
    // Returns, which acks.
  }
}
const typed: ConsumerClass<Options, Resources<typeof startup>> = Typed;
const none: Resources<() => void> = {};

test('the type of a resource is the one that the startup handler returns', async () => {
  const logger = pino({ level: 'silent' });
  const context = { thread: 0, threads: 1, logger };
  const resources = await startup(context);
  const metrics = new MetricRegistry(() => undefined);
  const options = { table: 'orders' };
  const made = new typed({ logger, metrics, options, resources, queue: 'q', instance: 0, thread: 0 });
  assert.equal(Reflect.get(made, 'count'), 6);
  assert.equal(await undo(await startup(context), context), undefined);
  assert.deepEqual([typeof handler, none], ['function', {}]);
  // @ts-expect-error: `undo` needs a database.
  assert.throws(() => undo({}, context));
});

describe('the resources of a thread', () => {
  test('are the object that the startup handler returns or resolves to, itself', async (t) => {
    for (const [what, source] of [
      ['plain', 'export function startup(context) { return Object.assign(made, context); }'],
      ['promised', 'export async function startup(context) { return Object.assign(made, context); }'],
    ] as const) {
      const { resources, story } = resourcesOf(t, `const made = {}; story.push(made);\n${source}`);
      await resources.start();
      const [made] = Object(await story());
      assert.equal(resources.value, made, what);
      assert.deepEqual([made.thread, made.threads, typeof made.logger.info], [1, 2, 'function']);
      assert.ok(!Object.isFrozen(made), 'an instance of a class may change itself');
    }
  });

  test('may be an instance of a class', async (t) => {
    const { resources } = resourcesOf(
      t,
      'class Pool { take() { return 7; } }; export const startup = () => new Pool()',
    );
    await resources.start();
    assert.equal(Object(resources.value).take(), 7);
  });

  test('are an empty object without a startup handler, and when it returns nothing', async (t) => {
    for (const source of [undefined, 'export function startup() {}', 'export async function startup() {}']) {
      const { resources } = resourcesOf(t, source);
      await resources.start();
      assert.deepEqual(resources.value, {});
      await resources.stop(within(1_000));
    }
  });

  test('that are not an object are an error with the handler and what it returned', async (t) => {
    for (const [returned, kind] of [
      ['"text"', 'a string'],
      ['7', 'a number'],
      ['false', 'a boolean'],
      ['null', 'null'],
      ['[1]', 'an array'],
      ['() => 1', 'a function'],
      ['class Pool {}', 'a class'],
      ['Promise.resolve(7)', 'a number'],
      ['Promise.resolve([])', 'an array'],
    ] as const) {
      const { resources, story } = resourcesOf(
        t,
        `export const startup = () => (${returned}); export const shutdown = () => story.push('undone');`,
      );
      await assert.rejects(resources.start(), {
        code: 'STARTUP_FAILED',
        message: `export "startup" of "./startup.mjs" returned ${kind} (expected an object, whose properties are context.resources, or nothing)`,
      });
      await resources.stop(within(1_000));
      assert.deepEqual(await story(), [], 'nothing is undone');
    }
  });

  test('are given to shutdown once, with thread, threads and logger, and awaited', async (t) => {
    const { resources, lines, story } = resourcesOf(
      t,
      `const db = { open: true };
       export const startup = () => ({ db });
       export async function shutdown(resources, { thread, threads, logger }) {
         logger.info('closing');
         await new Promise(setImmediate);
         story.push(resources.db === db, thread, threads);
       }`,
    );
    await resources.start();
    await resources.stop(within(1_000));
    await resources.stop(within(1_000));
    assert.deepEqual(await story(), [true, 1, 2]);
    assert.deepEqual(
      lines.map(({ thread, msg }) => [thread, msg]),
      [[1, 'closing']],
    );
  });

  test('are undone also if the handler returned nothing, and not if it threw or has not ended', async (t) => {
    const shutdown = 'export const shutdown = (resources) => story.push(Object.keys(resources).length);';
    const empty = resourcesOf(t, `export function startup() {}; ${shutdown}`);
    await empty.resources.start();
    await empty.resources.stop(within(1_000));
    assert.deepEqual(await empty.story(), [0]);

    const thrown = resourcesOf(t, `export function startup() { throw new Error('no'); }; ${shutdown}`);
    await assert.rejects(thrown.resources.start(), /^Error: no$/);
    await thrown.resources.stop(within(1_000));
    assert.deepEqual(await thrown.story(), []);

    const pending = resourcesOf(t, `export const startup = () => new Promise(() => {}); ${shutdown}`);
    void pending.resources.start();
    while (pending.steps.length < 2) await new Promise((resolve) => setImmediate(resolve));
    await pending.resources.stop(within(1_000));
    assert.deepEqual(await pending.story(), []);
  });

  test('whose shutdown throws or rejects log the error with its code, and end', async (t) => {
    for (const source of [
      'export const shutdown = () => { throw new Error("stuck") }',
      'export const shutdown = async () => { throw new Error("stuck") }',
    ]) {
      const { resources, lines } = resourcesOf(t, `export const startup = () => ({}); ${source}`);
      await resources.start();
      await resources.stop(within(1_000));
      assert.deepEqual(codesOf(lines), [
        [50, 'STARTUP_SHUTDOWN_FAILED', 'shutdown of the startup module "./startup.mjs" threw: stuck'],
      ]);
      assert.match(String(Object(lines[0]?.['err']).stack), /startup\.mjs/);
    }
  });

  test('whose shutdown does not end are left at the shorter of both limits', async (t) => {
    const source = 'export const startup = () => ({}); export const shutdown = () => new Promise(() => {})';
    for (const [limitMs, leftMs] of [
      [30, 30],
      [-5, 1],
      [60_000, 20_000],
    ] as const) {
      const { resources, lines } = resourcesOf(t, source);
      await resources.start();
      if (leftMs === 20_000) t.mock.timers.enable({ apis: ['setTimeout'] });
      const stopped = resources.stop(within(limitMs));
      if (leftMs === 20_000) t.mock.timers.tick(leftMs);
      await stopped;
      assert.deepEqual(codesOf(lines), [
        [
          50,
          'STARTUP_SHUTDOWN_FAILED',
          `shutdown of the startup module "./startup.mjs" outlasted ${leftMs} ms; ending the thread without it`,
        ],
      ]);
    }
  });

  test('whose shutdown does not end are left at a deadline that comes forward meanwhile', async (t) => {
    const source = 'export const startup = () => ({}); export const shutdown = () => new Promise(() => {})';
    const { resources, lines } = resourcesOf(t, source);
    await resources.start();
    const deadline = within(60_000);
    const stopped = resources.stop(deadline);
    deadline.bring(90_000);
    deadline.bring(30);
    await stopped;
    assert.match(String(lines[0]?.['msg']), /outlasted \d{2} ms; ending the thread without it$/);
  });
});
