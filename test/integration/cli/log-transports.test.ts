import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { testVhost } from '../../support/broker/test-vhost.js';
import { type Daemon, startDaemon } from '../../support/daemon/daemon.js';
import { fixture } from '../../support/daemon/fixture.js';
import { waitFor } from '../../support/wait.js';

const config = { queues: [{ queue: 'q' }], consumers: [{ consumer: `${fixture('consumers.mjs')}:Acks`, queue: 'q' }] };
const INVALID = { code: 78, signal: null };
/** No broker listens here, because the daemon must find the problem before it connects. */
const NOWHERE = 'amqp://guest:guest@127.0.0.1:1/';
const FILES = {
  'etc/marks.mjs':
    "import { Writable } from 'node:stream';\n" +
    'const write = (mark) => (chunk, _, done) => process.stdout.write(chunk.toString().replaceAll(\'{"\', `{"mark":"${mark}","`), done);\n' +
    'export default ({ mark }) => new Writable({ write: write(mark) });\n',
  'etc/passes.mjs': "import { PassThrough } from 'node:stream';\nexport default () => new PassThrough();\n",
  'etc/throws.mjs': 'throw new RangeError("broken at load");\n',
  'etc/object.mjs': 'export default { write() {} };\n',
  'etc/demands.mjs': 'export default () => {\n  throw new TypeError("url is missing");\n};\n',
  'etc/number.mjs': 'export default () => 5;\n',
};

function start(t: TestContext, transport: object, args: readonly string[] = [], url = NOWHERE): Promise<Daemon> {
  const files = { ...FILES, 'etc/logging.yml': JSON.stringify({ transport }) };
  return startDaemon(t, { url, config, files, args, env: { LOGGING_FILE_CONFIG: 'etc/logging.yml' } });
}

for (const [what, transport, message] of [
  [
    'a module that is missing',
    { target: './none.mjs' },
    /transport\.target {2}module "\.\/none\.mjs" was not found \(looked for \/.*\/etc\/none\.mjs\)/,
  ],
  [
    'a package that is missing',
    { target: 'no-such-transport' },
    /transport\.target {2}.*the package no-such-transport from \/.*\/etc, /,
  ],
  [
    'a module that throws',
    { targets: [{ target: 'pino/file' }, { target: './throws.mjs' }] },
    /transport\.targets\[1\]\.target {2}module ".*etc\/throws\.mjs" failed to load .*RangeError: broken at load/,
  ],
  [
    'a module that exports no function',
    { pipeline: [{ target: './passes.mjs' }, { target: './object.mjs' }] },
    /transport\.pipeline\[1\]\.target {2}the default export of ".*object\.mjs" is an object \(expected a function/,
  ],
  [
    'a folder that is missing',
    { target: 'pino/file', options: { destination: './none/app.log' } },
    /transport\.options\.destination {2}the folder \/.*\/none does not exist/,
  ],
] as const) {
  test(`a log transport with ${what} exits with 78 and its position, also with --validate`, async (t) => {
    for (const args of [[], ['--validate']]) {
      const daemon = await start(t, transport, args);
      assert.deepEqual(await daemon.exit(), INVALID);
      assert.match(daemon.stderr, /^etc\/logging\.yml:1:\d+ {2}/m);
      assert.match(daemon.stderr, message);
      assert.doesNotMatch(daemon.stderr, /^ {4}at /m);
    }
  });
}

for (const [what, transport, message] of [
  [
    'refuses its options',
    { target: './demands.mjs' },
    /transport {2}"\.\/demands\.mjs" cannot be opened: url is missing/,
  ],
  [
    'makes no stream',
    { target: './number.mjs' },
    /transport {2}"\.\/number\.mjs" cannot be opened: its function returned no stream/,
  ],
  [
    'cannot open its file',
    { target: 'pino/file', options: { destination: '/proc/none' } },
    /transport {2}"pino\/file" cannot be opened: ENOENT/,
  ],
] as const) {
  test(`a log transport that ${what} ends the start with 78 and its position`, async (t) => {
    const daemon = await start(t, transport);
    assert.deepEqual(await daemon.exit(), INVALID);
    assert.match(daemon.stderr, message);
  });
}

test('log transports beside the logging file receive the lines: alone, among several, in a pipeline', async (t) => {
  const vhost = await testVhost(t);
  const one = { target: './marks.mjs', options: { mark: 'one' } };
  for (const transport of [
    one,
    { targets: [one, { target: 'pino/file', options: { destination: './app.log' } }] },
    { pipeline: [{ target: './passes.mjs' }, one] },
  ]) {
    const daemon = await start(t, transport, [], vhost.url);
    const line = await daemon.ready();
    assert.equal(line.mark, 'one');
    assert.deepEqual(await daemon.stop(), { code: 0, signal: null });
    assert.equal(daemon.lines.at(-1)?.['msg'], 'stopped', 'the last line arrives');
    if ('targets' in transport) assert.match(await readFile(join(daemon.folder, 'app.log'), 'utf8'), /"msg":"ready"/);
    const valid = await start(t, transport, ['--validate']);
    assert.deepEqual(await valid.exit(), { code: 0, signal: null }, valid.stderr);
  }
});

test('options that pino refuses exit with 78, also with --validate', async (t) => {
  for (const args of [[], ['--validate']]) {
    const files = { 'logging.yml': 'redact: ["a["]\n' };
    const daemon = await startDaemon(t, {
      url: NOWHERE,
      config,
      files,
      args,
      env: { LOGGING_FILE_CONFIG: 'logging.yml' },
    });
    assert.deepEqual(await daemon.exit(), INVALID);
    assert.match(daemon.stderr, /^logging\.yml:1:1 {2}pino refuses these options: .*a\[/m);
  }
});

test('a log transport that fails later is reported once on stderr, and the log goes to stdout', async (t) => {
  const vhost = await testVhost(t);
  // With several targets pino detects only at the first line that this is not a stream.
  const daemon = await start(t, { targets: [{ target: './passes.mjs' }, { target: './number.mjs' }] }, [], vhost.url);
  await waitFor(() => daemon.stderr.includes('log transport failed, logging to stdout instead: '), {
    what: 'the failure on stderr',
  });
  assert.deepEqual(await daemon.stop(), { code: 0, signal: null });
  assert.equal(daemon.lines.at(-1)?.msg, 'stopped');
  assert.equal(daemon.stderr.split('log transport failed').length - 1, 1);
});
