import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type TestVhost, testVhost } from '../../support/broker/test-vhost.js';
import { type Daemon, startDaemon } from '../../support/daemon/daemon.js';
import { fixture } from '../../support/daemon/fixture.js';
import type { JsonRecord } from '../../support/json-record.js';

const resources = fixture('resources.mjs');
const handler = `${resources}:startup`;
const writes = `${resources}:Writes`;
const CLEAN = { code: 0, signal: null };
const ERROR = 50;

interface OpenOptions {
  readonly consumers: readonly object[];
  readonly threads?: number;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly files?: Readonly<Record<string, string>>;
}

async function open(t: TestContext, options: OpenOptions): Promise<[Daemon, TestVhost]> {
  const { consumers, threads = 1, args = [], env = {}, files = {} } = options;
  const vhost = await testVhost(t);
  const daemon = await startDaemon(t, {
    url: vhost.url,
    config: {
      startup_handler: handler,
      queues: [{ queue: 'q' }],
      consumers: consumers.map((consumer) => ({ queue: 'q', ...consumer })),
    },
    args: ['--threads', String(threads), ...args],
    env,
    files,
  });
  return [daemon, vhost];
}

const of = (records: readonly JsonRecord[], event: string): JsonRecord[] =>
  records.filter((record) => record['event'] === event);

/** The events of one worker thread in order. */
function storyOf(records: readonly JsonRecord[], threadId: unknown): unknown[] {
  return records.filter((record) => record['threadId'] === threadId).map(({ event }) => event);
}

test("the instances of a thread get the object that its startup handler returned, and no other thread's", async (t) => {
  const [daemon, vhost] = await open(t, {
    threads: 2,
    consumers: [
      { consumer: writes, consumer_count: 4, middleware: [`${resources}:seesResources`] },
      { consumer: `${resources}:WritesMany`, name: 'many', consumer_count: 2, batch: {} },
      { consumer: writes, name: 'own', threads: 1 },
    ],
  });
  await daemon.ready();
  const opened = of(daemon.records(), 'opened');
  assert.equal(new Set(opened.map(({ identity }) => identity)).size, 3, 'three threads, three objects');
  for (const event of ['constructed', 'middleware']) {
    const made = of(daemon.records(), event);
    assert.equal(made.length, event === 'constructed' ? 7 : 4);
    for (const { thread, identity } of made)
      assert.equal(identity, opened.find((each) => each['thread'] === thread)?.['identity'], event);
  }
  await vhost.publish('q', 'one');
  assert.deepEqual(await daemon.stop(), CLEAN);
});

test('shutdown of the startup module is awaited at SIGTERM, after that of the instances, in each thread', async (t) => {
  const [daemon, vhost] = await open(t, {
    threads: 2,
    consumers: [
      { consumer: writes, consumer_count: 4 },
      { consumer: writes, name: 'own', threads: 1 },
    ],
  });
  await daemon.ready();
  await vhost.publish('q', 'one');
  await daemon.waitForRecords((records) => of(records, 'written').length === 1);
  assert.deepEqual(await daemon.stop(), CLEAN);
  const records = daemon.records();
  const closing = of(records, 'closing');
  assert.deepEqual(new Set(closing.map(({ thread }) => thread)), new Set([0, 1, 2]));
  assert.equal(closing.length, 3);
  assert.ok(closing.every(({ threads }) => threads === 3));
  for (const { threadId, identity } of closing) {
    assert.equal(identity, of(records, 'opened').find((each) => each['threadId'] === threadId)?.['identity']);
    const story = storyOf(records, threadId);
    assert.deepEqual(story.slice(-3), ['last words', 'closing', 'closed'], 'the file was open for the last words');
  }
  assert.equal(of(records, 'last words').length, 5);
  const lines = daemon.lines.filter(({ msg }) => msg === 'closing the file');
  assert.deepEqual(new Set(lines.map(({ thread }) => thread)), new Set([0, 1, 2]));
  assert.equal(lines.length, 3);
});

test('shutdown of the startup module runs in a thread that is recycled, and its successor has its own', async (t) => {
  const [daemon, vhost] = await open(t, {
    consumers: [{ consumer: writes, consumer_count: 2, recycle: { messages: 5 } }],
  });
  await daemon.ready();
  for (let n = 0; n < 5; n++) await vhost.publish('q', `m${n}`);
  await daemon.waitForLine({ msg: /^replaced worker thread 0/ });
  const [first, second] = of(daemon.records(), 'opened').map(({ threadId }) => threadId);
  assert.deepEqual(storyOf(daemon.records(), first).slice(-4), ['last words', 'last words', 'closing', 'closed']);
  assert.ok(second !== undefined && second !== first);
  assert.equal(
    of(daemon.records(), 'constructed').filter(({ threadId }) => threadId === second).length,
    2,
    'made with the resources of its own thread',
  );
  await vhost.publish('q', 'later');
  await daemon.waitForRecords((records) => of(records, 'written').some(({ id }) => id === 'later'));
});

test('shutdown of the startup module runs in a successor that cannot make its instances', async (t) => {
  const [daemon, vhost] = await open(t, {
    consumers: [{ consumer: writes, consumer_count: 2, recycle: { messages: 3 } }],
  });
  await daemon.ready();
  await writeFile(join(daemon.folder, 'no-instance-1'), '');
  for (let n = 0; n < 3; n++) await vhost.publish('q', `m${n}`);
  await daemon.waitForLine({ msg: /^cannot replace worker thread 0: .*no connection for another one/ });
  const [first, second] = of(daemon.records(), 'opened').map(({ threadId }) => threadId);
  assert.deepEqual(storyOf(daemon.records(), second), ['opened', 'constructed', 'last words', 'closing', 'closed']);
  assert.ok(!storyOf(daemon.records(), first).includes('closing'), 'the old thread serves on');
});

for (const [what, consumers, message, code] of [
  ['constructor throws', [{ consumer: `${resources}:CannotBeMade` }], /CannotBeMade threw: no database/, 1],
  ['module is missing', [{ consumer: './missing.mjs:Mail', name: 'none' }], /"\.\/missing\.mjs" was not found/, 78],
] as const) {
  test(`shutdown of the startup module runs in each thread when the start fails because a ${what}`, async (t) => {
    const [daemon] = await open(t, {
      threads: 2,
      consumers: [{ consumer: writes, consumer_count: 2, name: 'fine' }, ...consumers],
    });
    assert.deepEqual(await daemon.exit(), { code, signal: null });
    assert.match(String(daemon.lines.at(-1)?.['msg']), message);
    const records = daemon.records();
    const threads = of(records, 'opened').map(({ threadId }) => threadId);
    assert.equal(threads.length, 2);
    for (const threadId of threads) {
      const story = storyOf(records, threadId);
      assert.deepEqual(story.slice(-2), ['closing', 'closed'], String(story));
      assert.equal(
        story.filter((event) => event === 'constructed').length,
        story.filter((event) => event === 'last words').length,
        'every instance was shut down before',
      );
    }
  });
}

test('shutdown of the startup module runs when SIGTERM comes while a consumer module still loads', async (t) => {
  const [daemon] = await open(t, {
    consumers: [{ consumer: './endless.mjs:Mail' }],
    files: {
      'endless.mjs': `import { record } from ${JSON.stringify(fixture('record.mjs'))};
        record('loading'); await new Promise((resolve) => setTimeout(resolve, 1e8)); export class Mail { consume() {} }`,
    },
  });
  await daemon.waitForRecords((records) => of(records, 'loading').length === 1);
  assert.deepEqual(await daemon.stop(), CLEAN);
  assert.equal(of(daemon.records(), 'closed').length, 1);
});

test('shutdown of the startup module does not run in a thread that dies, but in its replacement', async (t) => {
  const [daemon, vhost] = await open(t, { consumers: [{ consumer: writes }] });
  await daemon.ready();
  await vhost.publish('q', 'exit');
  await daemon.waitForLine({ msg: /^worker thread 0 is ready again/ });
  await daemon.waitForRecords((records) => of(records, 'written').length === 1);
  assert.deepEqual(await daemon.stop(), CLEAN);
  const [first, second] = of(daemon.records(), 'opened').map(({ threadId }) => threadId);
  assert.deepEqual(
    of(daemon.records(), 'closed').map(({ threadId }) => threadId),
    [second],
  );
  assert.notEqual(first, second);
});

test('an instance that is replaced after a failure gets the same resources, which stay open', async (t) => {
  const [daemon, vhost] = await open(t, {
    consumers: [{ consumer: writes, retry: { attempts: 1 }, on_exhausted: 'discard' }],
  });
  await daemon.ready();
  await vhost.publish('q', 'fail');
  await vhost.publish('q', 'after');
  await daemon.waitForRecords((records) => of(records, 'written').length === 1);
  const records = daemon.records();
  assert.equal(of(records, 'constructed').length, 2);
  assert.equal(new Set(of(records, 'constructed').map(({ identity }) => identity)).size, 1);
  assert.deepEqual(
    of(records, 'last words').map(({ error }) => error),
    ['a failure'],
  );
  assert.equal(of(records, 'closing').length, 0);
});

for (const [what, env, entry, args, message] of [
  [
    'throws is logged, and the stop goes on',
    'throws',
    {},
    [],
    /^shutdown of the startup module ".*resources\.mjs" threw: the file is stuck$/,
  ],
  [
    'does not end is left at shutdown_timeout',
    'hangs',
    { shutdown_timeout: '300ms' },
    [],
    /^shutdown of the startup module ".*resources\.mjs" outlasted 300 ms; ending the thread without it$/,
  ],
  [
    'does not end is left before the shutdown timeout of the daemon',
    'hangs',
    {},
    ['--shutdown-timeout', '1500ms'],
    /^shutdown of the startup module ".*resources\.mjs" outlasted \d{1,4} ms; ending the thread without it$/,
  ],
] as const) {
  test(`shutdown of a startup module that ${what}`, async (t) => {
    const [daemon] = await open(t, { consumers: [{ consumer: writes, ...entry }], env: { TEST_SHUTDOWN: env }, args });
    await daemon.ready();
    assert.deepEqual(await daemon.stop(), CLEAN);
    const line = await daemon.waitForLine({ msg: message });
    assert.deepEqual([line['level'], line['code'], line['thread']], [ERROR, 'STARTUP_SHUTDOWN_FAILED', 0]);
    assert.equal(daemon.lines.at(-1)?.['msg'], 'stopped');
  });
}

test('a startup handler that returns something other than an object stops the daemon with exit 1', async (t) => {
  const vhost = await testVhost(t);
  const daemon = await startDaemon(t, {
    url: vhost.url,
    config: {
      startup_handler: './startup.mjs:startup',
      queues: [{ queue: 'q' }],
      consumers: [{ consumer: writes, queue: 'q' }],
    },
    files: { 'startup.mjs': 'export async function startup() { return "a pool"; }' },
  });
  assert.deepEqual(await daemon.exit(), { code: 1, signal: null });
  const last = daemon.lines.at(-1);
  assert.equal(
    last?.['msg'],
    'the startup handler failed: export "startup" of "./startup.mjs" returned a string ' +
      '(expected an object, whose properties are context.resources, or nothing)',
  );
  assert.equal(last['code'], 'STARTUP_FAILED');
});

test('a shutdown beside the startup handler that is no function is refused, also with --validate', async (t) => {
  const vhost = await testVhost(t);
  const config = {
    startup_handler: './startup.mjs:startup',
    queues: [{ queue: 'q' }],
    consumers: [{ consumer: writes, queue: 'q' }],
  };
  const files = { 'startup.mjs': 'export function startup() {}\nexport const shutdown = { db: 1 };\n' };
  const problem = /export "shutdown" of "\.\/startup\.mjs" is an object \(expected a function, which undoes/;
  const daemon = await startDaemon(t, { url: vhost.url, config, files });
  assert.deepEqual(await daemon.exit(), { code: 78, signal: null });
  assert.match(String(daemon.lines.at(-1)?.['msg']), problem);
  const validated = await startDaemon(t, { config, files, args: ['--validate'] });
  assert.deepEqual(await validated.exit(), { code: 78, signal: null });
  assert.match(validated.stderr, problem);
  assert.match(validated.stderr, /config\.yml:1:18 {2}startup_handler {2}/);
});

test('--validate warns of a startup module whose shutdown has another name', async (t) => {
  const config = {
    startup_handler: './startup.mjs:startup',
    queues: [{ queue: 'q' }],
    consumers: [{ consumer: writes, queue: 'q' }],
  };
  const files = { 'startup.mjs': 'export function startup() {}\nexport function shutDown() {}\n' };
  const warned = await startDaemon(t, { config, files, args: ['--validate'] });
  assert.deepEqual(await warned.exit(), CLEAN);
  const text = warned.stdout + warned.stderr;
  assert.match(
    text,
    /startup_handler {2}.*the module exports "shutDown", which is never called, did you mean "shutdown"\?/,
  );
  const strict = await startDaemon(t, { config, files, args: ['--validate', '--strict', '--format', 'json'] });
  assert.deepEqual(await strict.exit(), { code: 78, signal: null });
  assert.match(strict.stdout, /"misnamed-shutdown"/);
});
