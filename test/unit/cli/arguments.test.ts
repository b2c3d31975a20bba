import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { type Arguments, readArguments } from '../../../src/cli/arguments.js';
import type { EnvironmentFlags } from '../../../src/config/index.js';
import { readEnvironment } from '../../../src/config/index.js';

async function go(args: readonly string[], variables: EnvironmentFlags = {}): Promise<Arguments> {
  const request = await readArguments(args, variables);
  assert.ok(request.kind === 'run', JSON.stringify(request));
  return request.arguments;
}

async function usage(args: readonly string[], variables: EnvironmentFlags = {}): Promise<string> {
  const request = await readArguments(args, variables);
  assert.ok(request.kind === 'usage', JSON.stringify(request));
  return request.message;
}

async function text(args: readonly string[]): Promise<string> {
  const request = await readArguments(args, {});
  assert.ok(request.kind === 'text', JSON.stringify(request));
  return request.text;
}

const NO_LOG = { level: undefined, format: undefined, time: undefined, levelFormat: undefined };

describe('the command line', () => {
  test('defaults every flag and leaves the rest to the file', async () => {
    assert.deepEqual(await go([]), {
      config: 'config.yml',
      threads: undefined,
      validation: undefined,
      selection: {},
      shutdownTimeoutMs: 25_000,
      log: NO_LOG,
      warnings: [],
      http: undefined,
      controlSocket: undefined,
      summaryMs: undefined,
    });
  });

  test('reads every flag', async () => {
    const flags = [
      '--config',
      'a.yml',
      '--threads',
      '4',
      '--validate',
      '--format',
      'sarif',
      '--strict',
      '--broker',
      '--shutdown-timeout',
      '5m',
      '--log-level',
      'warn',
      '--log-format',
      'logfmt',
      '--log-time',
      'iso',
      '--log-level-format',
      'name',
      '--http',
      ':9464',
      '--control-socket',
      '/run/a.sock',
      '--summary',
      '5m',
    ];
    const all = {
      config: 'a.yml',
      threads: 4,
      validation: { format: 'sarif', strict: true, broker: true },
      selection: {},
      shutdownTimeoutMs: 300_000,
      log: { level: 'warn', format: 'logfmt', time: 'iso', levelFormat: 'name' },
      warnings: [],
      http: { host: undefined, port: 9464 },
      controlSocket: '/run/a.sock',
      summaryMs: 300_000,
    };
    assert.deepEqual(await go(flags), all);
  });

  test('reads the entries of --only and --except, and of their variables', async () => {
    assert.deepEqual((await go(['--only', 'mail, Audit', '--except=slow'])).selection, {
      only: ['mail', 'Audit'],
      except: ['slow'],
    });
    assert.deepEqual((await go(['--only', 'mail'], { only: 'a', except: 'b,c' })).selection, {
      only: ['mail'],
      except: ['b', 'c'],
    });
    assert.match(await usage(['--only', 'a,,b']), /^--only: "a,,b" has an empty name in it/);
    assert.match(await text(['--help']), /--only .*--except /s);
  });

  test('reads short forms and equals signs', async () => {
    const given = await go(['-c', 'a.yml', '-t', '2', '--shutdown-timeout=500ms', '--validate=false']);
    assert.deepEqual(
      [given.config, given.threads, given.shutdownTimeoutMs, given.validation],
      ['a.yml', 2, 500, undefined],
    );
  });

  test('keeps a file name that looks like a number', async () => {
    assert.equal((await go(['-c', '007'])).config, '007');
  });

  test('uses the last value of a repeated flag', async () => {
    assert.equal((await go(['-t', '2', '-t', '3'])).threads, 3);
  });
});

describe('environment variables', () => {
  test('replace every flag', async () => {
    const variables = {
      config: 'b.yml',
      threads: '8',
      validate: 'true',
      format: 'json',
      strict: '1',
      broker: 'true',
      shutdownTimeout: '1s',
      logLevel: 'trace',
      logFormat: 'pretty',
      logTime: 'unix',
      logLevelFormat: 'number',
      http: '[::1]:80',
      controlSocket: '/run/b.sock',
      summary: '0',
    };
    const all = {
      config: 'b.yml',
      threads: 8,
      validation: { format: 'json', strict: true, broker: true },
      selection: {},
      shutdownTimeoutMs: 1_000,
      log: { level: 'trace', format: 'pretty', time: 'unix', levelFormat: 'number' },
      warnings: [],
      http: { host: '::1', port: 80 },
      controlSocket: '/run/b.sock',
      summaryMs: 0,
    };
    assert.deepEqual(await go([], variables), all);
  });

  test('yield to their flags, even when invalid', async () => {
    const variables = {
      config: 'b.yml',
      threads: 'many',
      validate: '1',
      shutdownTimeout: 'long',
      logLevel: 'loud',
      http: 'here',
      summary: 'often',
    };
    const flags = ['-c', 'a.yml', '-t', '2', '--no-validate', '--shutdown-timeout', '2s', '--log-level', 'info'];
    flags.push('--http', 'localhost:0', '--summary', '500ms');
    const all = {
      config: 'a.yml',
      threads: 2,
      validation: undefined,
      selection: {},
      shutdownTimeoutMs: 2_000,
      log: { ...NO_LOG, level: 'info' },
      warnings: [],
      http: { host: 'localhost', port: 0 },
      controlSocket: undefined,
      summaryMs: 500,
    };
    assert.deepEqual(await go(flags, variables), all);
  });

  test('count as unset when empty', async () => {
    const variables = {
      config: '',
      threads: '',
      validate: '',
      shutdownTimeout: '',
      logLevel: '',
      http: '',
      controlSocket: '',
      summary: '',
    };
    assert.deepEqual(await go([], variables), await go([]));
  });

  test('warn about a period of summary lines without a unit, and not about 0', async () => {
    const SENTENCE = 'is 5, which means 5 milliseconds: write 5s for seconds, or 5ms';
    assert.deepEqual((await go(['--summary', '5'])).warnings, [`--summary ${SENTENCE}`]);
    assert.deepEqual((await go([], { summary: '5' })).warnings, [`AMQP_DISPATCHER_SUMMARY ${SENTENCE}`]);
    assert.deepEqual((await go(['--summary', '0'])).warnings, []);
  });

  test('accept true, false, 1 and 0', async () => {
    const answers = await Promise.all(['1', 'true', '0', 'false'].map((validate) => go([], { validate })));
    assert.deepEqual(
      answers.map(({ validation }) => validation !== undefined),
      [true, true, false, false],
    );
  });

  test('ignore those that Kubernetes sets for a service with our name', async () => {
    const { flags } = readEnvironment({
      AMQP_DISPATCHER_SERVICE_HOST: '10.0.0.1',
      AMQP_DISPATCHER_PORT: 'tcp://10.0.0.1:80',
      AMQP_DISPATCHER_THREADS: '3',
    });
    assert.deepEqual(await go([], flags), { ...(await go([])), threads: 3 });
  });
});

describe('an invalid command line', () => {
  test('names the flag or variable, its value and what was expected', async () => {
    const cases: readonly (readonly [readonly string[], EnvironmentFlags, RegExp])[] = [
      [['--threads', '0'], {}, /^--threads: "0" .*expected 1 to 1024/],
      [['--threads', '1025'], {}, /^--threads: "1025"/],
      [['--threads', '1e2'], {}, /^--threads: "1e2"/],
      [['-t', '2.5'], {}, /^--threads: "2\.5"/],
      [['--log-level', 'loud'], {}, /^--log-level: "loud" .*trace, debug, info/],
      [['--shutdown-timeout', 'soon'], {}, /^--shutdown-timeout: .*soon/],
      [[], { threads: 'many' }, /^AMQP_DISPATCHER_THREADS: "many"/],
      [[], { logLevel: 'loud' }, /^AMQP_DISPATCHER_LOG_LEVEL: "loud"/],
      [[], { shutdownTimeout: 'soon' }, /^AMQP_DISPATCHER_SHUTDOWN_TIMEOUT: .*soon/],
      [[], { validate: 'maybe' }, /^AMQP_DISPATCHER_VALIDATE: "maybe"/],
      [['--shutdown-timeout', '0'], {}, /^--shutdown-timeout: "0" would end .* such as 30s/],
      [['--shutdown-timeout', '0s'], {}, /^--shutdown-timeout: "0s" would end/],
      [[], { shutdownTimeout: '0' }, /^AMQP_DISPATCHER_SHUTDOWN_TIMEOUT: "0" would end/],
      [['--http', '9464'], {}, /^--http: "9464" is not an address \(expected HOST:PORT, such as 127\.0\.0\.1:9464/],
      [['--http', ':65536'], {}, /^--http: ":65536" is not an address/],
      [[], { http: 'here' }, /^AMQP_DISPATCHER_HTTP: "here"/],
      [['--summary', 'often'], {}, /^--summary: "often" is not a duration/],
      [['--control-socket='], {}, /^--control-socket: names no socket/],
      [['--config', '-'], {}, /^--config: standard input cannot be .* --config FILE/],
      [['--config='], {}, /^--config: names no file/],
      [[], { config: '-' }, /^AMQP_DISPATCHER_CONFIG: standard input cannot be/],
      [['--validate=yes'], {}, /^--validate: "yes" is neither true nor false \(write --validate, or --no-validate\)/],
      [['--validate=1'], {}, /^--validate: "1" is neither/],
      [['--no-validate='], {}, /^--validate: "" is neither/],
      [['--strict'], {}, /^--strict: has no effect without --validate \(write --validate, too\)/],
      [['--broker'], {}, /^--broker: has no effect without --validate/],
      [['--format', 'json'], {}, /^--format: has no effect without --validate/],
      [['--validate', '--format', 'xml'], {}, /^--format: "xml" is not a format \(expected one of text, json, github,/],
      [['--validate', '--format', 'sarfi'], {}, /^--format: "sarfi" is not a format, did you mean "sarif"\?/],
      [[], { validate: '1', strict: 'yes' }, /^AMQP_DISPATCHER_STRICT: "yes" is neither/],
      [['--log-format', 'jsno'], {}, /^--log-format: "jsno" is not a log format, did you mean "json"\? .*logfmt/],
      [['--log-format', 'text'], {}, /^--log-format: "text" is not a log format .*json, pretty, logfmt/],
      [['--log-time', 'ISO8601'], {}, /^--log-time: "ISO8601" is not a time format .*epoch, iso, unix, none/],
      [[], { logTime: 'isoo' }, /^AMQP_DISPATCHER_LOG_TIME: "isoo" .*did you mean "iso"/],
      [['--log-level-format', 'names'], {}, /^--log-level-format: "names" .*did you mean "name"/],
      [['--log-level', 'warning'], {}, /^--log-level: "warning" is not a level, did you mean "warn"\?/],
    ];
    for (const [args, variables, expected] of cases) assert.match(await usage(args, variables), expected);
  });

  test('reports unknown flags, stray words and missing values, and points to --help', async () => {
    const cases: readonly (readonly [readonly string[], RegExp])[] = [
      [['--log-formt', 'json'], /did you mean --log-format\?$/m],
      [['--thread', '2'], /^Unknown argument: thread, did you mean --threads\?$/m],
      [['validate'], /^Unknown argument: validate, did you mean --validate\?$/m],
      [['--fromat', 'x', '--strct'], /^Unknown arguments: fromat, strct, did you mean --format and --strict\?$/m],
      [['list'], /^Unknown argument: list, did you mean `dead list`\?$/m],
      [['replay', 'mails'], /^Unknown arguments: replay, mails, did you mean `dead replay`\?$/m],
      [['config.yml'], /Unknown argument: config\.yml \(write --config config\.yml\)/],
      [['--config'], /[Nn]ot enough arguments.*config/],
    ];
    for (const [args, expected] of cases) {
      const message = await usage(args);
      assert.match(message, expected);
      assert.match(message, /amqp-dispatcher --help/);
    }
  });
});

describe('--help', () => {
  test('prints every flag, an example and the exit codes', async () => {
    const help = await text(['--help']);
    const flags = [
      '--log-level',
      '--log-format',
      '--log-time',
      '--log-level-format',
      '--http',
      '--summary',
      '--control-socket',
    ];
    for (const flag of ['--config', '--threads', '--validate', '--shutdown-timeout', ...flags, '--version']) {
      assert.ok(help.includes(flag), flag);
    }
    assert.match(help, /Examples:\s+amqp-dispatcher -c config\.yml --threads 4/);
    assert.match(help, /AMQP_DISPATCHER_THREADS/);
    assert.match(help, /78 invalid configuration/);
    const unwrapped = help.replaceAll(/\s+/g, ' ');
    assert.ok(unwrapped.includes('dead --help to list, show, browse, replay, delete, purge, export and import'));
  });

  test('is -h, too', async () => {
    assert.equal(await text(['-h']), await text(['--help']));
  });

  test('prints no password', async () => {
    const help = await text(['--help']);
    assert.doesNotMatch(help, /guest:guest/);
    assert.match(help, /amqp:\/\/guest:\*\*\*@/);
  });
});

test('--version prints the version of the package', async () => {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../../../../package.json', import.meta.url), 'utf8'));
  assert.ok(typeof manifest === 'object' && manifest !== null && 'version' in manifest);
  assert.equal(await text(['--version']), manifest.version);
});
