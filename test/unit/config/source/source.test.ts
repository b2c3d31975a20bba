import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { type ConfigurationReading, formatProblem, loadConfiguration } from '../../../../src/config/index.js';

const MAIN = 'consumers:\n  - consumer: ./main.js:Main\n    queue: main\n';

function folderWith(t: TestContext, files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'include-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

async function load(folder: string): Promise<ConfigurationReading> {
  return loadConfiguration(join(folder, 'config.yml'), { variables: { DIR: 'parts', SECRET: 'hunter2' } });
}

async function problemsIn(t: TestContext, files: Readonly<Record<string, string>>): Promise<string[]> {
  const folder = folderWith(t, files);
  const reading = await load(folder);
  assert.ok(!reading.ok, 'the files were taken as valid');
  return reading.problems.map((problem) => formatProblem(problem).replaceAll(`${folder}/`, ''));
}

describe('include', () => {
  it('joins lists in the order of the files, and mappings key by key', async (t) => {
    const folder = folderWith(t, {
      'config.yml': `include: [parts/*.yml, "\${DIR}/deep/*.yml"]\nconnection: {connect_timeout: 1s}\nqueues: [{queue: main}]\n${MAIN}`,
      'parts/a.yml': 'queues: [{queue: a}]\nconnection: {stall_timeout: 2s, tls: {ca: ./ca.pem}}\nthreads: 3\n',
      'parts/b.yml': 'queues:\nexchanges: [{exchange: e, type: topic}]\nconsumers: [{consumer: ./b.js:B, queue: b}]\n',
      'parts/.hidden.yml': 'nonsense: 1\n',
      'parts/deep/c.yml': 'startup_handler: ./c.js:start\ninclude: [../../d.yml]\n',
      'd.yml': 'queues: [{queue: d}]\n',
      'parts/ca.pem': 'none',
    });
    const reading = await load(folder);
    // The certificate is found from the folder of the file that names it, and is none.
    assert.ok(!reading.ok);
    assert.deepEqual(
      reading.problems.map((problem) => formatProblem(problem).replaceAll(`${folder}/`, '')),
      ['parts/a.yml:2:43  connection.tls.ca  has no certificate in it (expected PEM: BEGIN CERTIFICATE)'],
    );
    writeFileSync(join(folder, 'parts/a.yml'), 'queues: [{queue: a}]\nconnection: {stall_timeout: 2s}\nthreads: 3\n');
    const joined = await load(folder);
    assert.ok(joined.ok, joined.ok ? '' : joined.problems.map(formatProblem).join('\n'));
    const { queues, exchanges, consumers, connection, threads, startupHandler } = joined.configuration;
    assert.deepEqual(
      queues.map(({ queue, path }) => [queue, path]),
      [
        ['main', 'queues[0]'],
        ['a', 'a.yml: queues[0]'],
        ['d', 'd.yml: queues[0]'],
      ],
    );
    assert.equal(exchanges[0]?.exchange, 'e');
    assert.deepEqual([connection.connectTimeoutMs, connection.stallTimeoutMs, threads], [1000, 2000, 3]);
    assert.deepEqual(
      consumers.map(({ name, path, reference }) => [name, path, reference.baseDir]),
      [
        ['Main', 'consumers[0]', undefined],
        ['B', 'b.yml: consumers[0]', join(folder, 'parts')],
      ],
    );
    assert.equal(startupHandler?.baseDir, join(folder, 'parts/deep'));
  });

  it('places each part of an entry in the file that it stands in, once', async (t) => {
    const folder = folderWith(t, {
      'config.yml': 'include: [parts/a.yml]\n',
      'parts/a.yml': 'queues: [{queue: a}]\nconsumers:\n  - consumer: ./a.js\n    queue: a\n    options: {to: [x]}\n',
    });
    const reading = await load(folder);
    assert.ok(reading.ok);
    const [entry] = reading.configuration.consumers;
    const file = join(folder, 'parts/a.yml');
    assert.equal(entry?.reference.place, `${file}:3:15  consumers[0].consumer`);
    assert.equal(entry?.locate(['options', 'to', 0]).place, `${file}:5:20  consumers[0].options.to[0]`);
  });

  it('reports a problem in an included file with that file, its line and its path', async (t) => {
    assert.deepEqual(
      await problemsIn(t, {
        'config.yml': `include: [a.yml, b.yml, c.yml]\nqueues: [{queue: main, durable: 5}]\n${MAIN}`,
        'a.yml': 'queues:\n  - queue: a\n  - queue: b\n    durable: "${SECRET}"\nthreds: 1\n',
        'b.yml': 'queues: [',
        'c.yml': 'consumers:\n  - consumer: ./c.js:C\n    queue: ${NONE}\n    prefetch_count: -1\n',
      }),
      [
        'config.yml:2:33  queues[0].durable  is 5 (expected true or false)',
        'c.yml:3:12  consumers[0].queue  needs the environment variable NONE, which is not set (expected a value, a default as in ${NONE:-default}, or $${ for text)',
        'c.yml:4:21  consumers[0].prefetch_count  is -1 (expected a whole number from 0 to 65535)',
        'b.yml:1:10  is not valid YAML: unexpected end of the stream within a flow collection',
        'a.yml:4:14  queues[1].durable  is "${SECRET}" (expected true or false)',
        'a.yml:5:1  threds  is not a known key, did you mean "threads"?',
      ],
    );
  });

  it('refuses what is set twice, and names both places', async (t) => {
    assert.deepEqual(
      await problemsIn(t, {
        'config.yml': `include: [a.yml]\nthreads: 2\nconnection: {connect_timeout: 1s}\n${MAIN}`,
        'a.yml': 'threads: 3\nconnection:\n  connect_timeout: 1s\nqueues: 5\n',
      }).then((lines) => lines.map((line) => line.replace(/first in \/.*\//, 'first in '))),
      [
        'a.yml:1:1  threads  is set twice: first in config.yml, line 2 (expected one of the two places)',
        'a.yml:3:3  connection.connect_timeout  is set twice: first in config.yml, line 3 (expected one of the two places)',
        'a.yml:4:9  queues  is 5 (expected a list, each entry beginning with "- ")',
      ],
    );
  });

  it('refuses a circle, a missing file, a folder and an empty file, at the line of the include', async (t) => {
    assert.deepEqual(
      await problemsIn(t, {
        'config.yml': `include:\n  - a.yml\n  - none.yml\n  - folder\n  - 5\n  - empty.yml\n  - list.yml\n${MAIN}`,
        'a.yml': 'include: [b.yml]\n',
        'b.yml': 'include: [a.yml, 7]\n',
        'folder/x.yml': '',
        'empty.yml': '# nothing\n',
        'list.yml': '- 1\n',
      }),
      [
        'config.yml:3:5  include[1]  is "none.yml": the file does not exist',
        'config.yml:4:5  include[2]  is "folder": is a folder, not a file',
        "config.yml:5:5  include[3]  is 5 (expected the path of a YAML file, or a glob, from this file's folder)",
        'empty.yml:1:1  the file is empty',
        'list.yml:1:1  the file is no mapping',
        'b.yml:1:11  include[0]  is "a.yml", and includes itself: a.yml → b.yml → a.yml',
        'b.yml:1:18  include[1]  is no path',
      ],
    );
  });

  it('names another entry by its own file, index and line in a warning', async (t) => {
    const folder = folderWith(t, {
      'config.yml': `include: [a.yml, b.yml]\nqueues: [{queue: main}]\n${MAIN}`,
      'a.yml': 'queues:\n  - queue: other\n  - queue: main\n',
      'b.yml':
        'queues:\n  - queue: other\nconsumers:\n  - {consumer: ./b.js:B, queue: main, partition_by: routing_key, consumer_count: 2, prefetch_count: 9}\n',
    });
    const reading = await load(folder);
    assert.ok(reading.ok);
    assert.deepEqual(
      reading.warnings.map((warning) => formatProblem(warning).replaceAll(`${folder}/`, '')),
      [
        'a.yml:3:12  queues[1].queue  is "main", the same name as queues[0] on line 2 of config.yml',
        'b.yml:2:12  queues[0].queue  is "other", the same name as queues[0] on line 2 of a.yml',
        'b.yml:4:53  consumers[0].partition_by  is set, and consumers[0] on line 4 of config.yml consumes from queue "main" too: the order holds only within one entry',
      ],
    );
  });

  it('reads a file once, also by two ways or through a link, and a glob never finds the file that it is in', async (t) => {
    const folder = folderWith(t, {
      'config.yml': `include: ["*.yml", common.yml, ./sub/../common.yml]\n${MAIN}`,
      'a.yml': 'include: [common.yml]\n',
      'common.yml': 'queues: [{queue: common}]\n',
    });
    symlinkSync(join(folder, 'common.yml'), join(folder, 'link.yml'));
    const reading = await load(folder);
    assert.ok(reading.ok, reading.ok ? '' : reading.problems.map(formatProblem).join('\n'));
    assert.deepEqual(
      reading.configuration.queues.map(({ queue }) => queue),
      ['common'],
    );
  });

  it('takes a range that is upside down as one that matches nothing', async (t) => {
    const folder = folderWith(t, { 'config.yml': `include: ["[z-a].yml"]\n${MAIN}` });
    const reading = await load(folder);
    assert.ok(reading.ok);
    assert.match(reading.warnings.map(formatProblem).join(), /matches no file/);
  });

  it('warns of a glob that matches nothing', async (t) => {
    const folder = folderWith(t, { 'config.yml': `include: [conf.d/*.yml]\n${MAIN}` });
    const reading = await load(folder);
    assert.ok(reading.ok);
    assert.match(
      reading.warnings.map(formatProblem).join(),
      /:1:11 {2}include\[0\] {2}is "conf\.d\/\*\.yml", which matches no file/,
    );
  });

  it('finds files by *, ?, [] and **', async (t) => {
    const folder = folderWith(t, {
      'config.yml': `include: ["**/q?-[ab].yml"]\n${MAIN}`,
      'q1-a.yml': 'queues: [{queue: one}]\n',
      'x/y/q2-b.yml': 'queues: [{queue: two}]\n',
      'x/q3-c.yml': 'queues: [{queue: three}]\n',
    });
    const reading = await load(folder);
    assert.ok(reading.ok, reading.ok ? '' : reading.problems.map(formatProblem).join('\n'));
    assert.deepEqual(
      reading.configuration.queues.map(({ queue }) => queue),
      ['one', 'two'],
    );
  });
});
