import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { type TestVhost, testVhost } from '../../support/broker/test-vhost.js';
import { type Daemon, startDaemon } from '../../support/daemon/daemon.js';
import { fixture } from '../../support/daemon/fixture.js';
import type { JsonRecord } from '../../support/json-record.js';

const [DEBUG, INFO, WARN, ERROR] = [20, 30, 40, 50];
const printing = fixture('console.mjs');

interface Stage {
  readonly vhost: TestVhost;
  readonly daemon: Daemon;
}

async function staged(t: TestContext, consumers: Record<string, string>, args: readonly string[] = []): Promise<Stage> {
  const vhost = await testVhost(t);
  const daemon = await startDaemon(t, {
    url: vhost.url,
    config: {
      resource_limits: { max_old_generation_mb: 64 },
      startup_handler: `${printing}:startup`,
      queues: Object.keys(consumers).map((queue) => ({ queue })),
      consumers: Object.entries(consumers).map(([queue, name]) => ({ consumer: `${printing}:${name}`, queue })),
    },
    args: ['--threads', '1', '--log-level', 'debug', ...args],
  });
  await daemon.ready();
  return { vhost, daemon };
}

function printed(daemon: Daemon): JsonRecord[] {
  return daemon.lines.filter((line) => line['console'] === true);
}

/** The lines that a message of `Prints` prints. */
async function linesOf(t: TestContext, what: string): Promise<JsonRecord[]> {
  const { vhost, daemon } = await staged(t, { q: 'Prints' });
  await vhost.publish('q', what);
  await daemon.waitForRecords((records) => records.some(({ event, id }) => event === 'done' && id === what));
  await daemon.stop();
  if (what === 'streams')
    assert.ok(
      daemon.records().some(({ event }) => event === 'written'),
      'the write calls back',
    );
  assert.equal(daemon.stderr, '');
  return printed(daemon).filter(({ deliveryTag }) => deliveryTag !== undefined);
}

const saidIn = (lines: readonly JsonRecord[]): unknown[] => lines.map(({ level, msg }) => [level, msg]);

test('each method of the console makes a log line of its level, with the fields of entry and message', async (t) => {
  const lines = await linesOf(t, 'methods');
  const trace = lines.pop();
  assert.deepEqual(saidIn(lines), [
    [INFO, 'a log of 1'],
    [INFO, 'an info'],
    [DEBUG, 'a debug'],
    [WARN, 'a warning'],
    [ERROR, 'an error'],
    [ERROR, 'an error by name'],
    [WARN, 'Assertion failed: a claim'],
  ]);
  assert.equal(trace?.level, DEBUG);
  assert.match(String(trace['msg']), /^Trace: a trace\n +at .*\n +at .*console\.mjs/);
  for (const { name, queue, consumer, instance, thread, deliveryTag, routingKey } of lines) {
    assert.deepEqual(
      { name, queue, consumer, instance, thread, deliveryTag, routingKey },
      {
        name: 'amqp-dispatcher',
        queue: 'q',
        consumer: 'Prints',
        instance: 0,
        thread: 0,
        deliveryTag: 1,
        routingKey: 'q',
      },
    );
  }
});

test('tables, groups, timers, circles and texts of several lines make one log line each', async (t) => {
  const lines = await linesOf(t, 'shapes');
  const texts = lines.map(({ msg }) => String(msg));
  assert.match(texts[0] ?? '', /^┌.*\n.*id.*\n[^]*┘$/);
  assert.match(texts[8] ?? '', /^timer: [\d.]+ms$/);
  assert.match(texts[9] ?? '', /^TypeError: printed\n +at /);
  assert.deepEqual(texts.toSpliced(8, 2).slice(1), [
    '{ deep: { er: 1 } }',
    "<ref *1> { name: 'circle', self: [Circular *1] }",
    'two\nlines',
    '',
    'group',
    '  inside\n  indented',
    'default: 1',
    '100% %s',
  ]);
  assert.deepEqual(new Set(lines.map(({ level }) => level)), new Set([INFO]));
});

test('each write to stdout or stderr of a thread makes a log line', async (t) => {
  assert.deepEqual(saidIn(await linesOf(t, 'streams')), [
    [INFO, 'one line'],
    [INFO, 'no line end'],
    [WARN, 'to stderr ✓'],
    [INFO, 'several\nlines'],
  ]);
});

test('a text of 2 MB is cut to one log line of 1 Mi characters', async (t) => {
  const most = 1024 * 1024;
  const note = `… (${2_000_004 - most} more characters)`;
  const [line, ...others] = await linesOf(t, 'huge');
  assert.equal(String(line?.['msg']).length, most + note.length);
  assert.ok(String(line?.['msg']).endsWith(note));
  assert.equal(others.length, 0);
});

test('a console line is written after a recursion that printed until it exhausted the stack', async (t) => {
  const lines = await linesOf(t, 'deep');
  assert.deepEqual(saidIn(lines).slice(-2), [
    [INFO, 'after the recursion'],
    [INFO, 'and a write'],
  ]);
});

test('10,000 lines of a loop arrive in order, and another thread goes on meanwhile', async (t) => {
  const { vhost, daemon } = await staged(t, { q: 'Prints', other: 'PrintsAndWaits' }, ['--threads', '2']);
  await vhost.publish('q', 'many');
  await vhost.publish('other', 'neighbour');
  await daemon.waitForRecords((records) => ['many', 'neighbour'].every((id) => records.some((each) => each.id === id)));
  await daemon.stop();
  const texts = printed(daemon).map(({ msg }) => String(msg));
  assert.deepEqual(
    texts.filter((text) => text.startsWith('line ')),
    Array.from({ length: 10_000 }, (_, n) => `line ${n}`),
  );
  assert.equal(texts.filter((text) => text.includes('neighbour')).length, 2);
});

for (const [what, last] of [
  ['exit', ['before the exit', 'the last words']],
  ['memory', ['before the heap is full']],
] as const) {
  test(`a thread that prints and dies (${what}) loses no line, and its death comes after them`, async (t) => {
    const { vhost, daemon } = await staged(t, { q: 'Prints' });
    await vhost.publish('q', what);
    await daemon.waitForLine({ msg: /^worker thread 0 died/ }, 60_000);
    const lines = daemon.lines.map(({ msg }) => String(msg));
    const texts = printed(daemon).filter(({ deliveryTag }) => deliveryTag === 1);
    assert.deepEqual(
      texts.map(({ msg }) => msg),
      last,
    );
    assert.ok(lines.indexOf(last.at(-1) ?? '') < lines.findIndex((text) => text.startsWith('worker thread 0 died')));
    await daemon.stop();
  });
}

test('entries that share a thread have their own lines, before and after they wait', async (t) => {
  const { vhost, daemon } = await staged(t, { a: 'PrintsAndWaits', b: 'PrintsAndWaits', c: 'WaitsAndPrints' });
  for (const n of [1, 2, 3]) for (const queue of ['a', 'b']) await vhost.publish(queue, `${queue}-${n}`);
  await daemon.waitForRecords((records) => records.filter(({ event }) => event === 'done').length === 6);
  await daemon.stop();
  const lines = printed(daemon);
  const about = lines.filter(({ deliveryTag }) => deliveryTag !== undefined);
  assert.equal(about.length, 12);
  for (const { queue, consumer, routingKey, msg } of about) {
    assert.deepEqual([consumer, queue, routingKey], ['PrintsAndWaits', String(msg)[0], String(msg)[0]]);
  }
  const ofQueue = (queue: string): unknown[] =>
    lines.filter((line) => line.queue === queue && line.deliveryTag === undefined).map(({ msg }) => msg);
  assert.deepEqual(ofQueue('a'), ['constructed for a', 'shut down for a']);
  assert.deepEqual(ofQueue('b'), ['constructed for b', 'shut down for b']);
  const general = lines.filter(({ queue }) => queue === undefined);
  assert.deepEqual(
    general.map(({ msg, thread }) => [msg, thread]),
    [
      ['while it loads', 0],
      ['starting up', 0],
    ],
    'what belongs to no entry has the thread alone',
  );
});

test('the first line of a thread that two entries share has its entry, even after a wait', async (t) => {
  const { vhost, daemon } = await staged(t, { a: 'WaitsAndPrints', b: 'WaitsAndPrints' });
  await vhost.publish('b', 'b-1');
  const first = await daemon.waitForLine({ msg: /^waited for b-1/ });
  assert.deepEqual([first.queue, first.routingKey], ['b', 'b']);
});
