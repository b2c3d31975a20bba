import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { startDaemon } from '../../support/daemon/daemon.js';
import { fixture } from '../../support/daemon/fixture.js';
import { malformedConfiguration } from '../../unit/config/malformed.js';
import { repositoryFile } from '../../unit/config/repository-file.js';

const consumers = fixture('consumers.mjs');
const startup = fixture('startup.mjs');
const INVALID = { code: 78, signal: null };
const VALID = { code: 0, signal: null };
/** No broker listens here; validation must not ask. */
const NOWHERE = 'amqp://guest:guest@127.0.0.1:1/';

test('--validate accepts a valid file and its modules with 0, without a broker', async (t) => {
  const daemon = await startDaemon(t, {
    url: NOWHERE,
    config: {
      startup_handler: `${startup}:startup`,
      queues: [{ queue: 'q' }],
      consumers: [{ consumer: `${consumers}:Acks`, queue: 'q' }],
    },
    args: ['--validate'],
  });
  assert.deepEqual(await daemon.exit(), VALID);
  assert.match(daemon.stdout, /is valid \(queues: 1, consumers: 1\)\n$/);
  assert.equal(daemon.stderr, '');
});

test('the commented example in config/ is valid', async (t) => {
  const daemon = await startDaemon(t, {
    url: NOWHERE,
    args: ['--validate', '--config', repositoryFile('config/dispatcher.example.yml')],
  });
  assert.deepEqual(await daemon.exit(), VALID, daemon.stderr);
});

test('--validate reports each module that throws, hangs, loops, exits or lacks the class in one line', async (t) => {
  const cases: [string, RegExp][] = [
    [`${fixture('bad/throws.mjs')}:X`, /failed to load from .*throws\.mjs: RangeError: broken at load/],
    [
      `${fixture('bad/hangs.mjs')}:X`,
      /"\S+hangs\.mjs" \(\S+, for export "X"\) has not loaded within 10000 ms: a top-level await/,
    ],
    [
      `${fixture('bad/unsettled.mjs')}:X`,
      /unsettled\.mjs, for export "X"\) has not loaded and never will: a top-level await/,
    ],
    [`${fixture('bad/loops.mjs')}:X`, /has not loaded within 10000 ms: it keeps its thread busy or blocked/],
    [`${fixture('bad/exits.mjs')}:X`, /ended its thread while it was loaded \(process\.exit, code 0\)/],
    [`${fixture('bad/syntax.mjs')}:X`, /failed to load from .*SyntaxError/],
    [`${fixture('bad/missing.mjs')}:X`, /was not found \(looked for .*missing\.mjs\)/],
    [`${consumers}:Ack`, /has no export "Ack" \(it exports Acks, /],
    [`${consumers}:notAClass`, /is an object \(expected a class with a consume method\)/],
    [`${consumers}:NoConsume`, /is a class without a consume method/],
    [consumers, /has no default export/],
  ];
  const daemon = await startDaemon(t, {
    url: NOWHERE,
    config: {
      startup_handler: `${consumers}:Acks`,
      queues: [{ queue: 'q' }],
      consumers: cases.map(([consumer]) => ({ consumer, queue: 'q' })),
    },
    args: ['--validate'],
  });
  assert.deepEqual(await daemon.exit(40_000), INVALID);
  const lines = daemon.stderr.trimEnd().split('\n');
  assert.equal(lines.length, cases.length + 2, daemon.stderr);
  assert.match(
    lines[0] ?? '',
    /:\d+:\d+ {2}startup_handler {2}.*is a class \(expected a function, the startup handler\)/,
  );
  cases.forEach(([, message], index) => {
    const line = lines[index + 1] ?? '';
    assert.match(line, message);
    assert.match(line, new RegExp(`^/.*:\\d+:\\d+ {2}consumers\\[${index}\\]\\.consumer {2}`));
  });
});

test('--validate loads a module once for all entries of a class, and checks the options of each', async (t) => {
  const daemon = await startDaemon(t, {
    url: NOWHERE,
    config: {
      queues: [{ queue: 'q' }],
      consumers: Array.from({ length: 60 }, (_, index) => ({
        name: `n${index}`,
        consumer: './consumer.mjs:Consumer',
        queue: 'q',
        options: index % 30 === 7 ? { size: 'x' } : {},
      })),
    },
    args: ['--validate'],
    files: {
      'consumer.mjs':
        'import { appendFileSync } from "node:fs"; appendFileSync(process.env.TEST_RECORD, "{}\\n"); ' +
        'export class Consumer { static options = { properties: { size: { type: "integer" } } }; consume() {} }',
    },
  });
  assert.deepEqual(await daemon.exit(60_000), INVALID, daemon.stderr);
  assert.equal(daemon.records().length, 1);
  assert.deepEqual(daemon.stderr.match(/consumers\[\d+\]\.options\.size {2}/g), [
    'consumers[7].options.size  ',
    'consumers[37].options.size  ',
  ]);
});

test('--validate reports problems of the environment without showing the password', async (t) => {
  const daemon = await startDaemon(t, {
    url: 'amqp://guest:secret-word@host:99999/',
    config: { queues: [{ queue: 'q' }], consumers: [{ consumer: `${consumers}:Acks`, queue: 'q' }] },
    env: { LOGGING_FILE_CONFIG: 'missing.yml' },
    args: ['--validate'],
  });
  assert.deepEqual(await daemon.exit(), INVALID);
  assert.match(daemon.stderr, /RABBITMQ_URL/);
  assert.match(daemon.stderr, /missing\.yml/);
  assert.doesNotMatch(daemon.stderr, /secret-word/);
});

test('30 malformed configurations each exit with 78 and a listed problem, none with a stack trace', {
  timeout: 300_000,
}, async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'amqp-dispatcher-malformed-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const seed = Number(process.env.TEST_SEED ?? Date.now());
  t.diagnostic(`seed ${seed}`);
  const samples = fc.sample(malformedConfiguration, { numRuns: 30, seed });
  let next = 0;
  const check = async (): Promise<void> => {
    for (let index = next++; index < samples.length; index = next++) {
      const { fault, bytes } = samples[index] ?? assert.fail();
      const file = join(folder, `${index}.yml`);
      await writeFile(file, bytes);
      const args = ['--config', file, ...(index % 2 === 0 ? ['--validate'] : [])];
      const daemon = await startDaemon(t, { url: NOWHERE, args });
      const exit = await daemon.exit();
      const said = `${fault}: exit ${exit.code} for\n${bytes.toString()}\nwith\n${daemon.stderr}`;
      assert.deepEqual(exit, INVALID, said);
      // --validate also reports warnings, and the modules, which are not there.
      const problems = daemon.stderr.split('\n').filter((line) => line.startsWith(`${file}:`));
      const own = problems.filter((line) => !/ was not found \(looked for | schema "\S+" does not exist/.test(line));
      assert.ok(own.length > 0, said);
      for (const line of own) assert.match(line.slice(file.length), /^:[1-9]\d*:[1-9]\d* {2}/, said);
      assert.doesNotMatch(daemon.stderr, /^ {4}at /m, said);
    }
  };
  await Promise.all([check(), check(), check()]);
});

for (const [args, message] of [
  [['--threads', '0'], /--threads: "0" is not a number of threads/],
  [['--nonsense'], /Unknown argument: nonsense/],
  [['stray'], /Unknown argument: stray/],
  [['--log-level', 'loud'], /--log-level: "loud" is not a level/],
  [['--shutdown-timeout', 'soon'], /--shutdown-timeout: /],
  [['--shutdown-timeout', '0'], /--shutdown-timeout: "0" would end running consumers at once .*such as 30s/],
  [['--config', '-'], /--config: standard input cannot be the configuration/],
  [['--validate=yes'], /--validate: "yes" is neither true nor false/],
] as const) {
  test(`the command line ${args.join(' ')} is refused with exit 2`, async (t) => {
    const daemon = await startDaemon(t, { args });
    assert.deepEqual(await daemon.exit(), { code: 2, signal: null });
    assert.match(daemon.stderr, message);
    assert.match(daemon.stderr, /amqp-dispatcher --help/);
  });
}
