import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { type TestVhost, testVhost } from '../../support/broker/test-vhost.js';
import { type Daemon, startDaemon } from '../../support/daemon/daemon.js';
import { fixture } from '../../support/daemon/fixture.js';
import type { JsonRecord } from '../../support/json-record.js';

const file = fixture('middleware.mjs');
const INVALID = { code: 78, signal: null };
const RETRY = { attempts: 2, delay: '1ms', jitter: 0 };

const mw = (...names: readonly string[]): string[] => names.map((name) => `${file}:${name}`);

interface Options {
  readonly type?: string;
  readonly middleware: readonly string[];
  readonly entry?: object;
}

async function start(t: TestContext, vhost: TestVhost, options: Options): Promise<Daemon> {
  const { type = 'classic', middleware, entry } = options;
  return startDaemon(t, {
    url: vhost.url,
    config: {
      queues: [{ queue: 'q', x_queue_type: type }],
      consumers: [{ consumer: `${file}:Wrapped`, queue: 'q', middleware, ...entry }],
    },
    args: ['--threads', '1'],
  });
}

async function wrapped(t: TestContext, options: Options): Promise<[Daemon, TestVhost]> {
  const vhost = await testVhost(t);
  const daemon = await start(t, vhost, options);
  await daemon.ready();
  return [daemon, vhost];
}

/** Waits until so many events of a kind are recorded, of one text if it is given. */
async function records(daemon: Daemon, event: string, count: number, text?: string): Promise<JsonRecord[]> {
  const isMeant = (each: JsonRecord): boolean =>
    each['event'] === event && (text === undefined || each['text'] === text);
  return (await daemon.waitForRecords((all) => all.filter(isMeant).length >= count)).filter(isMeant);
}

/** The records of one message that passes through two recording middlewares. */
function around(text: string): string[] {
  return [`into outer ${text}`, `into inner ${text}`, `consume ${text}`, `out inner ${text}`, `out outer ${text}`];
}

for (const type of ['classic', 'quorum']) {
  test(`middleware runs around consume() in list order and may pass on another message: ${type} queue`, async (t) => {
    const entry = { options: { key: 'value' } };
    const [daemon, vhost] = await wrapped(t, { type, middleware: mw('outer', 'adds', 'inner'), entry });
    for (const text of ['a', 'bc']) await vhost.publish('q', text);
    await records(daemon, 'out', 2, 'a');
    await records(daemon, 'out', 2, 'bc');
    const steps = daemon.records().map(({ event, name, text }) => [event, name, text].filter(Boolean).join(' '));
    assert.deepEqual(steps, ['made inner', 'made outer', ...around('a'), ...around('bc')]);
    const consumed = daemon.records().filter(({ event }) => event === 'consume');
    assert.deepEqual(
      consumed.map(({ instance, added }) => ({ instance, added })),
      [
        { instance: 1, added: 1 },
        { instance: 1, added: 2 },
      ],
    );
    const [made] = await records(daemon, 'made', 1);
    assert.deepEqual([made?.['queue'], made?.['instance'], made?.['options']], ['q', 0, { key: 'value' }]);
    await vhost.holds('q', 0);
  });

  test(`a middleware that throws fails the message and is rebuilt with the instance: ${type} queue`, async (t) => {
    const entry = { retry: RETRY };
    const [daemon, vhost] = await wrapped(t, { type, middleware: mw('outer', 'fails', 'inner'), entry });
    for (const [index, text] of ['throws', 'rejects', 'consumer throws'].entries()) {
      await vhost.publish('q', text);
      const consumed = await records(daemon, 'consume', text === 'consumer throws' ? 2 : 1, text);
      const last = consumed.at(-1);
      assert.deepEqual([last?.['attempt'], last?.['instance']], [2, index + 2], text);
      assert.equal((await records(daemon, 'made', 2 * (index + 2))).length, 2 * (index + 2), text);
    }
    const shutdowns = daemon.records().filter(({ event }) => event === 'shutdown');
    assert.deepEqual(
      shutdowns.map(({ error }) => error),
      ['thrown by the middleware', 'rejected by the middleware', 'thrown by the consumer'],
    );
    const line = await daemon.waitForLine({ msg: /failed; retrying in \d+ ms: thrown by the middleware$/ });
    assert.equal(line['queue'], 'q');
    const caught = await records(daemon, 'caught', 1, 'consumer throws');
    assert.deepEqual(
      caught.map(({ name, error }) => [name, error]),
      [
        ['inner', 'thrown by the consumer'],
        ['outer', 'thrown by the consumer'],
      ],
    );
    await vhost.holds('q', 0);
  });

  test(`a middleware that throws Retry or Reject decides for its message, and stays: ${type} queue`, async (t) => {
    const [daemon, vhost] = await wrapped(t, { type, middleware: mw('fails'), entry: { retry: RETRY } });
    await vhost.publish('q', 'Retry');
    const [again] = await records(daemon, 'consume', 1, 'Retry');
    assert.deepEqual([again?.['attempt'], again?.['instance']], [2, 1]);
    await vhost.publish('q', 'Reject');
    await daemon.waitForLine({ msg: /put into "q\.dead": its consumer rejected it/ });
    await vhost.publish('q', 'plain');
    const [plain] = await records(daemon, 'consume', 1, 'plain');
    assert.equal(plain?.['instance'], 1);
    assert.equal(daemon.records().filter(({ event }) => event === 'shutdown').length, 0);
  });

  test(`a message that a middleware answers never reaches the consumer: ${type} queue`, async (t) => {
    const [daemon, vhost] = await wrapped(t, { type, middleware: mw('answers') });
    await vhost.publish('q', 'answered');
    await vhost.publish('q', 'plain');
    const consumed = await records(daemon, 'consume', 1);
    assert.deepEqual(
      consumed.map(({ text }) => text),
      ['plain'],
    );
    await vhost.holds('q', 0);
  });
}

const UNUSABLE: readonly [string, RegExp, RegExp][] = [
  [`${file}:nothing`, /has no export "nothing" \(it exports /, /^CONSUMER_EXPORT_MISSING$/],
  [
    `${file}:Wrapped`,
    /export "Wrapped" of ".*" is a class \(expected a function, \(next\) => \(amqp, message\) => …\)/,
    /^CONSUMER_INVALID$/,
  ],
  [
    `${file}:handler`,
    /export "handler" of ".*" returned a promise \(expected a function, \(amqp, message\) => …\)/,
    /^CONSUMER_INVALID$/,
  ],
  ['./missing.js:mw', /module "\.\/missing\.js" was not found \(looked for /, /^CONSUMER_MODULE_NOT_FOUND$/],
  [`${fixture('bad/throws.mjs')}:X`, /failed to load from .*broken at load/, /^CONSUMER_MODULE_FAILED$/],
];

for (const [reference, message, code] of UNUSABLE) {
  const shown = reference.slice(reference.lastIndexOf('/') + 1);
  test(`an unusable middleware ends the start with 78 and shows its position: ${shown}`, async (t) => {
    const daemon = await start(t, await testVhost(t), { middleware: [...mw('outer'), reference] });
    assert.deepEqual(await daemon.exit(), INVALID);
    const line = await daemon.waitForLine(({ level }) => level === 60);
    assert.match(String(line['msg']), /config\.yml:\d+:\d+ {2}consumers\[0\]\.middleware\[1\] {2}/);
    assert.match(String(line['msg']), message);
    assert.match(String(line.code), code);
  });
}

test('--validate reports each unusable middleware at its position and calls no consumer for it', async (t) => {
  const middleware = [...mw('outer', 'throwsAtFirst'), ...UNUSABLE.map(([reference]) => reference)];
  const daemon = await startDaemon(t, {
    url: 'amqp://guest:guest@127.0.0.1:1/',
    config: { queues: [{ queue: 'q' }], consumers: [{ consumer: `${file}:Wrapped`, queue: 'q', middleware }] },
    args: ['--validate'],
  });
  assert.deepEqual(await daemon.exit(40_000), INVALID);
  const lines = daemon.stderr.trimEnd().split('\n');
  assert.equal(lines.length, UNUSABLE.length + 1, daemon.stderr);
  UNUSABLE.forEach(([, message], index) => {
    assert.match(
      lines[index] ?? '',
      new RegExp(`^/.*:\\d+:\\d+ {2}consumers\\[0\\]\\.middleware\\[${index + 2}\\] {2}`),
    );
    assert.match(lines[index] ?? '', message);
  });
});

test('a middleware that throws at its creation leaves no instance, and the daemon ends with 1', async (t) => {
  const daemon = await start(t, await testVhost(t), { middleware: mw('throwsAtFirst') });
  assert.deepEqual(await daemon.exit(), { code: 1, signal: null });
  const line = await daemon.waitForLine(({ level }) => level === 60);
  assert.match(
    String(line['msg']),
    /config\.yml:\d+:\d+ {2}consumers\[0\]\.middleware\[0\] {2}export "throwsAtFirst" of .* threw: nothing is/,
  );
});
