import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { formatProblem, loadConfiguration } from '../../../src/config/index.js';

const folder = mkdtempSync(join(tmpdir(), 'hostile-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const QUEUES = 'queues: [{queue: q}]\n';
const withOption = (yaml: string): string =>
  `${QUEUES}consumers:\n  - {consumer: ./a.js:A, queue: q, options: {x: ${yaml}}}\n`;

/** Each anchor is a list of the one before, `width` times. */
function anchors(count: number, width: number): string {
  const line = (index: number): string => {
    const item = index === 0 ? 'text' : `*a${index - 1}`;
    return `x-${index}: &a${index} [${Array.from({ length: width }, () => item).join(', ')}]\n`;
  };
  return Array.from({ length: count }, (_, index) => line(index)).join('');
}

/** Everything that is found, and the processor time that it takes: other processes do not count. */
async function found(text: string | Buffer, limitMs = 1_000): Promise<string> {
  const file = join(folder, 'config.yml');
  writeFileSync(file, text);
  const before = process.cpuUsage();
  const reading = await loadConfiguration(file, { variables: {} });
  const { user } = process.cpuUsage(before);
  assert.ok(user < limitMs * 1_000, `took ${user} µs`);
  return [...(reading.ok ? [] : reading.problems), ...reading.warnings]
    .map((problem) => formatProblem(problem).replaceAll(`${folder}/`, ''))
    .join('\n');
}

describe('within a second of processor time, the configuration', () => {
  const longName = `${'a'.repeat(60)}.txt`;
  for (const [what, pattern] of [
    ['with letters between them', '*a'.repeat(30)],
    ['side by side', '*'.repeat(30)],
    ['of folders', '**/x/'.repeat(30)],
  ] as const) {
    it(`reports a glob with thirty stars ${what} as one that matches nothing`, async () => {
      mkdirSync(join(folder, 'x/x/x/x/x/x/x/x/x/x'), { recursive: true });
      writeFileSync(join(folder, longName), '');
      assert.match(await found(`include: ["${pattern}.yml"]\n${withOption('1')}`), /matches no file/);
    });
  }

  it('reports a glob that would search the whole disk', async () => {
    assert.match(
      await found(`include: ["/**/*.nothing"]\n${withOption('1')}`),
      /include\[0\] {2}is "\/\*\*\/\*\.nothing", which would search more than 20000 files and folders/,
    );
  });

  it('reports aliases that stand for billions of values at the one that is too many', async () => {
    const [line, ...others] = (await found(`${anchors(10, 9)}${withOption('*a9')}`)).split('\n');
    assert.match(
      line ?? '',
      /^config\.yml:5:\d+ {2}x-4\[\d\] {2}\*a3 brings the file above 50000 keys and values, with its aliases written out$/,
    );
    assert.deepEqual(others, []);
  });

  it('reports nesting of brackets and of aliases above 100 levels', async () => {
    assert.match(await found('['.repeat(10_000)), /^config\.yml:1:\d+ {2}is nested more than 100 levels deep/);
    assert.match(
      await found(withOption(`${'['.repeat(10_000)}${']'.repeat(10_000)}`)),
      /:3:\d+ {2}is nested more than 100 levels deep/,
    );
    assert.match(await found(`${anchors(200, 1)}${withOption('*a199')}`), /\*a\d+ is nested more than 100 levels deep/);
    assert.equal(await found(withOption(`${'['.repeat(90)}${']'.repeat(90)}`)), '');
  });

  it('reports a file, a secret file and an included file that never end', async () => {
    assert.match(await found(Buffer.alloc(9 * 1024 * 1024, '#')), /config\.yml:1:1 {2}the file is larger than 8 MiB/);
    // A folder of devices is on every system on which the tests run.
    assert.match(await found(withOption('"${file:/dev/zero}"')), /\$\{file:\/dev\/zero\}, which is larger than 8 MiB/);
    assert.match(await found(`include: [/dev/zero]\n${withOption('1')}`), /is "\/dev\/zero": the file is larger than/);
  });

  it('checks a file of thousands of entries, and aliases that make it ten times as large', async () => {
    const queues = Array.from(
      { length: 5_000 },
      (_, index) => `  - {queue: q${index}, durable: true, auto_delete: false}\n`,
    );
    const anchor = `x-all: &all [${'1,'.repeat(4_000)}]\nx-copies: [${'*all,'.repeat(60)}]\n`;
    assert.equal(await found(`${anchor}${withOption('1')}x-queues:\n${queues.join('')}`), '');
    assert.match(
      await found(`x-all: &all [${'1,'.repeat(4_000)}]\nx-copies: [${'*all,'.repeat(60)}]\n${withOption('1')}`),
      /x-copies\[\d+\] {2}\*all brings the file above 50000 keys and values, with its aliases written out/,
    );
  });

  it('reports references inside each other, without repeating them whole', async () => {
    for (const text of ['${A:-'.repeat(10_000), `${'${A:-'.repeat(10_000)}${'}'.repeat(10_000)}`]) {
      const report = await found(withOption(`"${text}"`));
      assert.match(report, /options\.x {2}has "\$\{A:-.*…", which is inside more than 10 other references/);
      assert.ok(report.length < 1_000, report);
    }
    assert.equal(await found(withOption(`"${'${A:-'.repeat(10)}x${'}'.repeat(10)}"`)), '');
  });

  it('reports includes inside each other above 20', async () => {
    for (let index = 0; index < 1_000; index++) {
      writeFileSync(join(folder, `f${index}.yml`), `include: [f${index + 1}.yml]\n`);
    }
    assert.match(
      await found(`include: [f0.yml]\n${withOption('1')}`),
      /^f19\.yml:1:11 {2}include\[0\] {2}is "f20\.yml", more than 20 includes inside each other$/,
    );
  });

  it('explains a syntax error in a line of 100,000 characters', async () => {
    assert.match(await found(`a: b: ${'a: '.repeat(30_000)}\n`), /is not valid YAML/);
    assert.match(await found(`a: [ ${'b: c, - '.repeat(12_000)}\n`), /is not valid YAML/);
    assert.match(await found(`${'x'.repeat(50_000)}: ${' '.repeat(50_000)}b: [\n`), /is not valid YAML/);
  });

  it('compares thousands of names', async () => {
    const queues = Array.from({ length: 3_000 }, (_, index) => `  - {queue: q${index}}\n`).join('');
    const consumers = Array.from({ length: 1_000 }, (_, index) => `  - {consumer: ./a.js:A, queue: z${index}}\n`);
    const report = await found(`queues:\n${queues}consumers:\n${consumers.join('')}`);
    assert.equal(report.split('\n').length, 1_000);
  });
});

describe('within five seconds of processor time, a configuration at its limits', () => {
  it('reports more keys and values than it checks, also where included files bring them', async () => {
    const list = `[${'1,'.repeat(450_000)}]`;
    assert.match(
      await found(withOption(`[${'1,'.repeat(600_000)}]`), 5_000),
      /options\.x\[\d+\] {2}brings the file above 500000 keys and values/,
    );
    writeFileSync(join(folder, 'more.yml'), `consumers:\n  - {consumer: ./a.js:A, queue: q, options: {x: ${list}}}\n`);
    assert.match(
      await found(`include: [more.yml]\n${withOption(list)}`, 5_000),
      /include\[0\] {2}is "more\.yml": more\.yml brings the configuration above 500000 keys and values/,
    );
  });

  it('may have 450,000 keys and values by its aliases', async () => {
    const aliases = `x-all: &all [${'1,'.repeat(50_000)}]\n`;
    assert.equal(await found(`${aliases}${withOption(`[${'*all,'.repeat(8)}]`)}`, 5_000), '');
  });
});
