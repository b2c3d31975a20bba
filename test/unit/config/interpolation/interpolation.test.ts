import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type Configuration, formatProblem, parseConfiguration } from '../../../../src/config/index.js';

const ENTRY = 'consumers:\n  - consumer: ./email.js:Email\n    queue: mail\n';
const VARIABLES = {
  NAME: 'Jane',
  COUNT: '7',
  FLAG: 'true',
  WAIT: '30s',
  CODE: '007',
  LONG: '12345678901234567890',
  EMPTY: '',
  QUEUE: '4711',
  SECRET: 'hunter2-hunter2',
  WORD: 'abcdef',
};
let folder = '';

before(() => {
  folder = mkdtempSync(join(tmpdir(), 'interpolation-'));
  writeFileSync(join(folder, 'password'), 'pass word\n');
  writeFileSync(join(folder, 'windows'), 'a\r\n');
  writeFileSync(join(folder, 'lines'), 'a\nb\n\n');
  writeFileSync(join(folder, 'digits'), '123456\n');
  writeFileSync(join(folder, 'binary'), Buffer.from([0xff, 0xfe, 0x00]));
  mkdirSync(join(folder, 'folder'));
});
after(() => rmSync(folder, { recursive: true, force: true }));

function read(text: string): ReturnType<typeof parseConfiguration> {
  return parseConfiguration(join(folder, 'config.yml'), Buffer.from(text), { variables: VARIABLES });
}

function configurationOf(text: string): Configuration {
  const reading = read(text);
  assert.ok(reading.ok, reading.ok ? '' : reading.problems.map(formatProblem).join('\n'));
  return reading.configuration;
}

function problemsOf(text: string): string[] {
  const reading = read(text);
  assert.ok(!reading.ok, 'the text was taken as valid');
  return reading.problems.map((problem) => formatProblem(problem).replace(`${folder}/config.yml:`, ''));
}

function or(name: string): string {
  return `(expected a value, a default as in \${${name}:-default}, or $\${ for text)`;
}

function optionOf(written: string): unknown {
  return configurationOf(`${ENTRY}    options:\n      value: ${written}\n`).consumers[0]?.options['value'];
}

describe('a reference in a value', () => {
  it('is replaced by the variable, wherever it stands in the text', () => {
    assert.equal(optionOf('${NAME}'), 'Jane');
    assert.equal(optionOf('"Dear ${NAME}, ${NAME}!"'), 'Dear Jane, Jane!');
    assert.equal(optionOf("'${NAME}'"), 'Jane');
    assert.equal(optionOf('|\n        a ${NAME}\n        b'), 'a Jane\nb\n');
  });

  it('takes its default where the variable is not set or empty, and defaults nest', () => {
    assert.equal(optionOf('${NONE:-nobody}'), 'nobody');
    assert.equal(optionOf('${EMPTY:-nobody}'), 'nobody');
    assert.equal(optionOf('"${EMPTY:-}"'), '');
    assert.equal(optionOf('${NONE:-${OTHER:-${NAME}}}'), 'Jane');
    assert.equal(optionOf(`'{"a": \${NONE:-{"b": 1}}}'`), '{"a": {"b": 1}}');
    assert.equal(optionOf('${NAME:-nobody}'), 'Jane');
  });

  it('stays as it is after a second dollar sign, and a dollar sign without a brace means nothing', () => {
    assert.equal(optionOf('$${NAME}'), '${NAME}');
    assert.equal(optionOf('"$NAME costs 5$ and $$6"'), '$NAME costs 5$ and $$6');
    assert.equal(optionOf('${NONE:-$${NAME}}'), '${NAME}');
  });

  it('becomes a number, a boolean or null in a plain scalar, if nothing is lost by it', () => {
    assert.equal(optionOf('${COUNT}'), 7);
    assert.equal(optionOf('${NONE:-1.5}'), 1.5);
    assert.equal(optionOf('-${COUNT}0'), -70);
    assert.equal(optionOf('${FLAG}'), true);
    assert.equal(optionOf('${NONE:-}'), null);
    assert.equal(optionOf('${NONE:-null}'), null);
    for (const text of ['007', '0x1F', '1e3', '1_000', '+5', 'yes', '12:30', 'NaN', 'Infinity', '1.50']) {
      assert.equal(optionOf(`\${NONE:-${text}}`), text);
    }
    assert.equal(optionOf('${CODE}'), '007');
    assert.equal(optionOf('${LONG}'), '12345678901234567890');
  });

  it('stays text in quotes and in a block', () => {
    assert.equal(optionOf('"${COUNT}"'), '7');
    assert.equal(optionOf("'${FLAG}'"), 'true');
    assert.equal(optionOf('!!str ${COUNT}'), '7');
    assert.equal(optionOf('|-\n        ${COUNT}'), '7');
  });

  it('fits wherever the schema wants a number, a boolean, a duration or a name of digits', () => {
    const { queues, consumers, startupTimeoutMs } = configurationOf(
      `startup_timeout: \${WAIT}\nqueues:\n  - queue: \${QUEUE}\n    durable: \${FLAG}\n    x_max_length: \${COUNT}\n    x_expires: \${NONE:-}\n` +
        'consumers:\n  - consumer: ./a.js:A\n    queue: ${QUEUE}\n    prefetch_count: ${PREFETCH:-10}\n    shutdown_timeout: ${NONE:-1500}\n',
    );
    assert.equal(startupTimeoutMs, 30_000);
    assert.deepEqual(
      queues.map((each) => [each.queue, each.durable, each.arguments]),
      [['4711', true, { 'x-max-length': 7 }]],
    );
    assert.deepEqual(
      consumers.map((each) => [each.queue, each.prefetchCount, each.shutdownTimeoutMs]),
      [['4711', 10, 1500]],
    );
  });

  it('is filled in once for all aliases and merge keys', () => {
    const text = `x-base: &base {name: "\${NAME}", unused: 1}\nx-other: {bad: "\${NONE}"}\n${ENTRY}    options: {<<: *base, again: *base}\n`;
    assert.deepEqual(configurationOf(text).consumers[0]?.options, {
      name: 'Jane',
      unused: 1,
      again: { name: 'Jane', unused: 1 },
    });
  });

  it('is never looked up a second time in what it became', () => {
    const reading = parseConfiguration('c.yml', Buffer.from(`${ENTRY}    options:\n      a: \${A}\n`), {
      variables: { A: '${B}', B: 'b' },
    });
    assert.equal(reading.ok && reading.configuration.consumers[0]?.options['a'], '${B}');
  });

  it('is left alone in a key, with a warning', () => {
    const reading = read(`${ENTRY}    options: {"\${NAME}": 1}\n`);
    assert.ok(reading.ok);
    assert.deepEqual(reading.configuration.consumers[0]?.options, { '${NAME}': 1 });
    assert.match(
      reading.warnings.map(formatProblem).join(),
      /:4:15 {2}consumers\[0\]\.options\["\$\{NAME\}"\] {2}is a key/,
    );
  });
});

describe('a reference to a file', () => {
  it('is replaced by its text without one line break at the end, from the folder of the configuration', () => {
    assert.equal(optionOf('${file:password}'), 'pass word');
    assert.equal(optionOf('${file:./windows}'), 'a');
    assert.equal(optionOf('${file:lines}'), 'a\nb\n');
    assert.equal(optionOf(`\${file:${folder}/password}`), 'pass word');
    assert.equal(optionOf('${file:${NONE:-pass}word}'), 'pass word');
    assert.equal(optionOf('"amqp://u:${file:password}@h"'), 'amqp://u:pass word@h');
  });

  it('is always text, because a password of digits is no number', () => {
    assert.equal(optionOf('${file:digits}'), '123456');
  });

  it('is a problem at its place when the file cannot be read', () => {
    const text = `${ENTRY}    options:\n      a: \${file:/none/x}\n      b: \${file:folder}\n      c: \${file:binary}\n`;
    const expected = "(expected a readable text file; a relative path begins at this file's folder)";
    assert.deepEqual(problemsOf(text), [
      `5:10  consumers[0].options.a  needs the file of \${file:/none/x}, which does not exist ${expected}`,
      `6:10  consumers[0].options.b  needs the file of \${file:folder}, which is a folder ${expected}`,
      `7:10  consumers[0].options.c  needs the file of \${file:binary}, which is not UTF-8 text ${expected}`,
    ]);
  });
});

describe('a reference that cannot be filled in', () => {
  it('is one problem with its place, together with all others', () => {
    const text = `threads: \${THREADS}\n${ENTRY}    prefetch_count: \${EMPTY}\n    colour: 1\n    options: {a: "\${X}\${Y}"}\n`;
    assert.deepEqual(
      problemsOf(text).map((line) => line.replace(/one of consumer.*/, '…')),
      [
        `1:10  threads  needs the environment variable THREADS, which is not set ${or('THREADS')}`,
        `5:21  consumers[0].prefetch_count  needs the environment variable EMPTY, which is empty ${or('EMPTY')}`,
        '6:5  consumers[0].colour  is not a known key (expected …',
        `7:18  consumers[0].options.a  needs the environment variable X, which is not set ${or('X')}`,
        `7:18  consumers[0].options.a  needs the environment variable Y, which is not set ${or('Y')}`,
      ],
    );
  });

  it('is a problem when it is malformed', () => {
    for (const [written, what] of [
      ['${A', 'is not closed'],
      ['${}', 'is no reference'],
      ['${A:?needed}', 'is no reference'],
      ['${A-b}', 'is no reference'],
      ['${1}', 'is no reference'],
      ['${file:}', 'is no reference'],
    ]) {
      const [problem = '', ...more] = problemsOf(`${ENTRY}    options:\n      a: '${written}'\n`);
      assert.ok(problem.startsWith(`5:10  consumers[0].options.a  has "${written}", which ${what} (expected`), problem);
      assert.deepEqual(more, []);
    }
  });

  it('does not find what every object inherits', () => {
    assert.match(
      problemsOf(`${ENTRY}    options:\n      a: \${constructor}\n`).join(),
      /constructor, which is not set/,
    );
  });
});

describe('a value from outside', () => {
  it('is never in a problem: the variable is', () => {
    const text =
      'threads: ${SECRET}\nqueues:\n  - queue: ${SECRET}\n    durable: ${SECRET}\n    x_queue_type: ${WORD}\n  - ${SECRET}\n' +
      'connection: {tls: {ca: "${SECRET}"}, reconnect_delay: "${WAIT}", reconnect_delay_max: 1s}\nstartup_handler: "${SECRET} "\n' +
      'consumers:\n  - consumer: ./a.js:A\n    queue: a\n    prefetch_count: "${COUNT}"\n    arguments: {x-stream-offset: "${SECRET}"}\n    retry: {delay: "${file:password}"}\n';
    const problems = problemsOf(text);
    assert.ok(problems.length >= 8, problems.join('\n'));
    for (const secret of ['hunter2', 'abcdef', '"7"', '30s"', 'pass word']) {
      assert.ok(!problems.some((line) => line.includes(secret)), `${secret} in\n${problems.join('\n')}`);
    }
    assert.equal(problems[0], '1:10  threads  is "${SECRET}" (expected a whole number from 1 to 1024)');
  });

  it('is never in a problem, however long it is or whatever it consists of', () => {
    for (const secret of ['x'.repeat(500), 'a"b\\c\n\u0000d', '${NAME}', '4444', 'a.b[0]', '  spaces  ']) {
      const reading = parseConfiguration(
        'c.yml',
        Buffer.from(`${ENTRY}    prefetch_count: "\${S}"\nthreads: "\${S}"\n`),
        {
          variables: { S: secret },
        },
      );
      assert.ok(!reading.ok);
      const told = reading.problems.map(formatProblem).join('\n');
      assert.ok(!told.includes(secret.slice(0, 30)), told);
      assert.match(told, /is "\$\{S\}" \(expected/);
    }
  });

  it('is never in a warning', () => {
    const reading = read(
      'queues:\n  - queue: ${SECRET}\n    durable: ${NONE:-false}\n  - queue: ${SECRET}\nconsumers:\n  - consumer: ./a.js:A\n    queue: ${WORD}\n    consumer_count: 20\n    prefetch_count: ${COUNT}\n    middleware: ["${WORD}:a", "${WORD}:a"]\n',
    );
    assert.ok(reading.ok);
    const told = reading.warnings.map(formatProblem).join('\n');
    assert.match(told, /is "\$\{SECRET\}", the same name/);
    assert.match(told, /is "\$\{WORD\}", which this file does not declare/);
    assert.match(told, /is "\$\{COUNT\}", below consumer_count 20/);
    assert.doesNotMatch(told, /hunter2|abcdef|is 7/);
  });

  it('is never in a warning that quotes it, although it has a quote itself', () => {
    const reading = parseConfiguration(
      'c.yml',
      Buffer.from('queues: [{queue: a}]\nconsumers:\n  - consumer: ./a.js:A\n    queue: "q${PW}"\n'),
      { variables: { PW: 'first%"second' } },
    );
    assert.ok(reading.ok);
    const told = reading.warnings.map(formatProblem).join('\n');
    assert.match(told, /is "q\$\{PW\}", which this file does not declare/);
    assert.doesNotMatch(told, /first|second/);
  });

  it('is concealed in a text from elsewhere', () => {
    const reading = read(`${ENTRY}    options: {a: "\${SECRET}", b: "x\${file:password}y", c: "\${COUNT}"}\n`);
    assert.ok(reading.ok);
    assert.equal(
      reading.conceal('no "hunter2-hunter2" at xpass wordy, /tmp/hunter2-hunter2, 7 times'),
      'no "${SECRET}" at x${file:password}y, /tmp/${SECRET}, 7 times',
    );
  });
});

describe('a reference without quotes inside brackets', () => {
  it('is no YAML, and the problem says how to write it', () => {
    const advice = 'inside [ ] and { } a reference needs quotes: "${NAME}"';
    for (const text of ['a: [${NAME}]\n', 'a: {b: ${NAME}}\n', 'a: [1, ${NAME}]\n']) {
      const [problem = ''] = problemsOf(text);
      assert.ok(problem.includes(advice), problem);
    }
  });
});
