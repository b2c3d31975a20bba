import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { testVhost } from '../../support/broker/test-vhost.js';
import { type Daemon, startDaemon } from '../../support/daemon/daemon.js';
import { fixture } from '../../support/daemon/fixture.js';
import { waitFor } from '../../support/wait.js';

const logging = fixture('logging.mjs');
const ISO = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z`;

interface Run {
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Content of the logging file. */
  readonly file?: string;
}

/** The whole log of a daemon that runs a message which prints, logs and fails, and then stops. */
async function logOf(t: TestContext, { args = [], env = {}, file }: Run): Promise<string[]> {
  const vhost = await testVhost(t);
  const daemon = await startDaemon(t, {
    url: vhost.url,
    config: {
      queues: [{ queue: 'q' }],
      consumers: [{ consumer: `${logging}:Logs`, queue: 'q', prefetch_count: 0 }],
    },
    args: ['--threads', '1', ...args],
    env: { ...env, ...(file === undefined ? {} : { LOGGING_FILE_CONFIG: await loggingFile(t, file) }) },
  });
  await waitFor(() => /\bready\b/.test(daemon.stdout), { what: () => `the daemon to be ready: ${daemon.stderr}` });
  await vhost.publish('q', 'fail');
  await daemon.waitForRecords((records) => records.some(({ event }) => event === 'done'));
  assert.deepEqual(await daemon.stop(), { code: 0, signal: null });
  assert.equal(daemon.stderr, '');
  assert.ok(daemon.stdout.endsWith('\n'));
  return daemon.stdout.slice(0, -1).split('\n');
}

async function loggingFile(t: TestContext, text: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'log-formats-'));
  t.after(() => rm(folder, { recursive: true }));
  const file = join(folder, 'logging.yml');
  await writeFile(file, text);
  return file;
}

/** Every line must match the first pattern; each other pattern must match a line. */
function assertLines(lines: readonly string[], every: RegExp, some: readonly RegExp[]): void {
  assert.deepEqual(
    lines.filter((line) => !every.test(line)),
    [],
  );
  for (const pattern of some)
    assert.ok(
      lines.some((line) => pattern.test(line)),
      `${pattern} in\n${lines.join('\n')}`,
    );
}

/** The texts of warning at the start, of both threads, and of the last line, in this order. */
function assertStory(lines: readonly string[]): void {
  const story = ['prefetch_count', 'ready', 'printed fail', 'logged', 'the first time fails', 'stopped'];
  const places = story.map((text) => lines.findIndex((line) => line.includes(text)));
  assert.deepEqual(
    places,
    places.toSorted((left, right) => left - right),
    lines.join('\n'),
  );
  assert.ok(!places.includes(-1), lines.join('\n'));
  assert.ok(lines.at(-1)?.includes('stopped'));
}

test('the log is JSON with level numbers and milliseconds by default', async (t) => {
  const lines = await logOf(t, {});
  assertLines(lines, /^\{"level":\d\d,"time":\d{13},"pid":\d+,"hostname":".+","name":"amqp-dispatcher[.a-z]*",.*\}$/, [
    /"level":30.*"queue":"q","consumer":"Logs","instance":0,"thread":0,.*"console":true,"msg":"printed fail"\}$/,
    /"level":50.*"err":\{"type":"Error","message":"the first time fails"/,
  ]);
  assertStory(lines);
});

test('--log-time iso and --log-level-format name change every line, from the first to the last', async (t) => {
  const lines = await logOf(t, { args: ['--log-time', 'iso', '--log-level-format', 'name'] });
  assertLines(lines, new RegExp(`^\\{"level":"(info|warn|error)","time":"${ISO}","pid":.*\\}$`), [
    /"level":"info".*"console":true,"msg":"printed fail"/,
  ]);
  assertStory(lines);
});

test('--log-format logfmt writes every line as logfmt, with level names and ISO time', async (t) => {
  const lines = await logOf(t, { args: ['--log-format', 'logfmt'] });
  const value = String.raw`("([^"\\]|\\.)*"|[^\s"=]+)`;
  assertLines(lines, new RegExp(`^time=${ISO} level=(info|warn|error) msg=${value}( [^\\s="]+=${value})*$`), [
    /level=info msg=ready pid=\d+ hostname=\S+ name=amqp-dispatcher queues=1 consumers=1 instances=1 threads=1$/,
    /level=info msg="printed fail" .* queue=q consumer=Logs instance=0 thread=0 deliveryTag=1 .* console=true$/,
    /level=error msg=".*the first time fails" .*err\.type=Error err\.message="the first time fails" err\.stack="Error: the first time fails\\n +at /,
  ]);
  assertStory(lines);
});

test('--log-format logfmt obeys --log-time and --log-level-format', async (t) => {
  const lines = await logOf(t, {
    env: { AMQP_DISPATCHER_LOG_FORMAT: 'logfmt', AMQP_DISPATCHER_LOG_TIME: 'epoch' },
    args: ['--log-level-format', 'number'],
  });
  assertLines(lines, /^time=\d{13} level=\d\d msg=/, [/level=30 msg=ready /]);
});

test('--log-format pretty writes text without colours to a pipe, with the local time', async (t) => {
  const lines = await logOf(t, { args: ['--log-format', 'pretty'] });
  const heads = lines.filter((line) => !line.startsWith(' '));
  assertLines(heads, /^\[\d\d:\d\d:\d\d\.\d{3}\] (INFO|WARN|ERROR): /, [
    / INFO: ready \{"queues":1/,
    / INFO: printed fail \{.*"console":true\}/,
  ]);
  assert.ok(
    lines.some((line) => /^ +"?at /.test(line.replace(/^ +"stack":/, ''))),
    'stacks have lines of their own',
  );
  assertStory(heads.filter((line) => !line.includes('channel')));
});

test('--log-format pretty with --log-time iso shows that time', async (t) => {
  const lines = await logOf(t, { args: ['--log-format', 'pretty', '--log-time', 'iso'] });
  assertLines(
    lines.filter((line) => line.startsWith('[')),
    new RegExp(`^\\[${ISO}\\] (INFO|WARN|ERROR): `),
    [/ INFO: ready /],
  );
});

test('timestamp and formatters of the logging file name the form, and flags win', async (t) => {
  const file = 'timestamp: unix\nformatters: { level: name }\nmessageKey: text\nbase: null\n';
  assertLines(await logOf(t, { file }), /^\{"level":"[a-z]+","time":\d{10},.*\}$/, [/"text":"ready"\}$/]);
  const args = ['--log-time', 'iso', '--log-level-format', 'number', '--log-format', 'logfmt'];
  assertLines(await logOf(t, { file, args }), new RegExp(`^time=${ISO} level=\\d\\d text=`), [
    /text=ready queues=1 consumers=1 instances=1 threads=1$/,
  ]);
});

async function refused(t: TestContext, run: Run): Promise<Daemon> {
  const daemon = await startDaemon(t, {
    url: 'amqp://127.0.0.1:1',
    config: { queues: [{ queue: 'q' }], consumers: [{ consumer: `${logging}:Logs`, queue: 'q' }] },
    args: run.args ?? [],
    env: run.file === undefined ? {} : { LOGGING_FILE_CONFIG: await loggingFile(t, run.file) },
  });
  await daemon.exit();
  return daemon;
}

test('a form that the transport of the logging file cannot take is a problem', async (t) => {
  const single = 'transport: { target: pino/file, options: { destination: 1 } }\n';
  const targets = 'transport:\n  targets:\n    - { target: pino/file, options: { destination: 1 } }\n';
  const cases: readonly (readonly [Run, RegExp])[] = [
    [
      { file: single, args: ['--log-format', 'logfmt'] },
      /logging\.yml:1:12 +transport +gets JSON lines, so --log-format logfmt has no effect/,
    ],
    [{ file: targets, args: ['--log-level-format', 'name'] }, /transport +does not work with --log-level-format name/],
    [
      { file: `formatters: { level: name }\n${targets}` },
      /logging\.yml:1:22 +formatters\.level +is "name", but pino compares/,
    ],
    [
      { file: `formatters: { level: name }\n${targets}`, args: ['--validate'] },
      /formatters\.level +is "name", but pino/,
    ],
  ];
  for (const [run, problem] of cases) {
    const daemon = await refused(t, run);
    assert.match(daemon.stderr, problem);
    assert.equal((await daemon.exit()).code, 78);
  }
});

test('a single transport gets names of levels and ISO time', async (t) => {
  const file = 'transport: { target: pino/file, options: { destination: 1 } }\nformatters: { level: name }\n';
  const lines = await logOf(t, { file, args: ['--log-time', 'iso', '--log-format', 'json'] });
  assertLines(lines, new RegExp(`^\\{"level":"[a-z]+","time":"${ISO}",`), [/"console":true,"msg":"printed fail"/]);
});
