import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { formatProblem, readLoggingFile } from '../../../src/config/index.js';
import { ConfigurationError, messageOf } from '../../../src/errors/index.js';

describe('readLoggingFile', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'logging-file-'));
  });
  after(() => rm(folder, { recursive: true }));

  const write = async (text: string) => {
    const file = join(folder, 'logging.yml');
    await writeFile(file, text);
    return file;
  };
  const reportOf = async (text: string) => {
    const file = await write(text);
    try {
      await readLoggingFile(file);
    } catch (thrown) {
      assert.ok(thrown instanceof ConfigurationError);
      assert.equal(thrown.code, 'CONFIG_INVALID');
      return messageOf(thrown).replaceAll(`${file}:`, '').split('\n').slice(1);
    }
    return assert.fail('the file was taken as valid');
  };

  it('reads a YAML file of pino options', async () => {
    const text = `level: debug
redact: [password, '*.token']
messageKey: message
base: null
loggers:
  amqp-dispatcher.amqplib: warn
transport:
  targets:
    - target: pino/file
      level: error
      options: {destination: /var/log/errors}
`;
    assert.deepEqual((await readLoggingFile(await write(text))).options, {
      level: 'debug',
      redact: ['password', '*.token'],
      messageKey: 'message',
      base: null,
      loggers: { 'amqp-dispatcher.amqplib': 'warn' },
      transport: {
        targets: [{ target: 'pino/file', level: 'error', options: { destination: '/var/log/errors' } }],
      },
    });
  });

  it('reads a JSON file, also one indented by tabs', async () => {
    const options = {
      level: 'chatty',
      customLevels: { chatty: 15 },
      redact: { paths: ['a'], censor: '***', remove: false },
      base: { service: 'mail' },
      errorKey: 'error',
      nestedKey: 'payload',
      transport: { target: 'pino-pretty' },
    };
    const read = await readLoggingFile(await write(JSON.stringify(options, null, '\t')));
    assert.deepEqual(read.options, options);
  });

  it('accepts an empty mapping', async () => {
    assert.deepEqual((await readLoggingFile(await write('{}'))).options, {});
  });

  it('reads pipelines, alone and among targets', async () => {
    const pipeline = [{ target: './redact.mjs' }, { target: 'pino/file', options: { destination: 2 } }];
    for (const transport of [{ pipeline }, { targets: [{ pipeline, level: 'warn' }, { target: 'pino-pretty' }] }]) {
      const read = await readLoggingFile(await write(JSON.stringify({ transport })));
      assert.deepEqual(read.options.transport, transport);
    }
  });

  it('locates problems found after reading', async () => {
    const file = await write('transport:\n  targets:\n    - target: ./a.mjs\n');
    const { problemAt, baseDir } = await readLoggingFile(file);
    assert.equal(
      formatProblem(problemAt(['transport', 'targets', 0, 'target'], 'does not\n load')),
      `${file}:3:15  transport.targets[0].target  does not load`,
    );
    assert.equal(baseDir, folder);
  });

  it('reports every problem at once, with its position', async () => {
    const text = `levle: info
level: loud
messageKey: 5
redact: password
loggers:
  amqp-dispatcher: quiet
transport:
  targets: []
`;
    assert.deepEqual(await reportOf(text), [
      '1:1  levle  is not a known key, did you mean "level"?',
      '2:8  level  is "loud" (expected one of trace, debug, info, warn, error, fatal, silent)',
      '3:13  messageKey  is 5 (expected text; in quotes it is text: "5")',
      '4:9  redact  is "password" (expected a list of paths, or a mapping of paths, censor and remove)',
      '6:20  loggers.amqp-dispatcher  is "quiet" (expected one of trace, debug, info, warn, error, fatal, silent)',
      '8:12  transport.targets  is an empty list (expected a list of at least one target)',
    ]);
  });

  it('reports a file that is missing, empty or not YAML', async () => {
    await assert.rejects(readLoggingFile(join(folder, 'absent')), /absent:1:1 {2}the file does not exist$/);
    assert.deepEqual(await reportOf(''), ['1:1  the file is empty (expected a mapping)']);
    assert.equal((await reportOf('level: [')).length, 1);
  });

  it('reads the time and the level format by name, and suggests the nearest name', async () => {
    const text = 'timestamp: iso\nformatters: { level: name }\n';
    assert.deepEqual((await readLoggingFile(await write(text))).options, {
      timestamp: 'iso',
      formatters: { level: 'name' },
    });
    for (const [wrong, expected] of [
      ['timestamp: isoo', /^1:12 .*timestamp .*"isoo", did you mean "iso"\? .*one of epoch, iso, unix, none/],
      ['timestamp: false', /^1:12 .*timestamp .*one of epoch, iso, unix, none/],
      ['timestmap: iso', /timestmap .*did you mean "timestamp"/],
      ['formatters: { level: names }', /formatters\.level .*"names", did you mean "name"\? .*one of number, name/],
      ['formatters: { levels: name }', /formatters\.levels .*did you mean "level"/],
      ['formatters: name', /formatters .*mapping/],
    ] as const) {
      const [problem = ''] = await reportOf(wrong);
      assert.match(problem, expected);
    }
  });
});
