import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { load } from 'js-yaml';
import { completed, isMapping } from '../../../support/samples/fragment.js';
import {
  allPages,
  fileOf,
  isFragment,
  parseSamples,
  placeOf,
  ROOT,
  type Sample,
  samplesOf,
} from '../../../support/samples/sample.js';
import { SampleProject } from '../../../support/samples/sample-folder.js';
import { type WrongCommand, wrongCommands, wrongUrl } from './command-lines.js';
import { wrongMarks } from './marks.js';
import { ignoredSettings, wrongDockerfile, wrongUnit, wrongYaml } from './other-programs.js';
import { shellCommands } from './shell-words.js';
import { typeErrors } from './type-check.js';

/** Every fenced block of the docs is checked here, and each configuration again by test/integration/docs. */

const pages = new Map(allPages().map((page) => [page, samplesOf(page)]));
const samples = [...pages.values()].flat();
const PINO_FIELDS = ['level', 'time', 'pid', 'hostname', 'name', 'msg'];
const logPages = ['log-lines', 'operations']
  .map((name) => readFileSync(join(ROOT, `docs/${name}.md`), 'utf8'))
  .join('\n');
const LOG_ROW = /^\| (?:any|trace|debug|info|warn|error|fatal) +\| `([^`]+)` *\|/gm;
const logPatterns = [...logPages.matchAll(LOG_ROW)].map(
  ([, text = '']) => new RegExp(`^${text.split('…').map(escaped).join('.+')}$`),
);

describe('the samples of the docs', () => {
  test('are found in README, docs, and the pages of the other folders', () => {
    assert.ok(samples.length > 60, `${samples.length}`);
    for (const page of [
      'README.md',
      'CONTRIBUTING.md',
      'docs/consumers.md',
      'examples/README.md',
      'benchmark/README.md',
    ])
      assert.ok(pages.get(page)?.length, page);
  });

  test('are run, validated, or marked as fragments', () => {
    const wrong = samples.flatMap((sample) => {
      const problem = wrongMarks(sample);
      return problem === undefined ? [] : [`${placeOf(sample)}: ${problem}`];
    });
    assert.deepEqual(wrong, []);
  });

  test('have commands that their programs accept: flags, sub-commands, npm scripts, files', async () => {
    const wrong = await wrongIn('sh', (sample) => wrongCommands(sample.text, filesOf(sample)));
    assert.deepEqual(wrong, []);
  });

  test('in YAML of other programs have their form, and commands that the daemon accepts', async () => {
    const wrong = await wrongIn('yaml', async ({ text, marks }) => {
      const program = marks.get('for');
      return program === undefined || program === 'logging' ? [] : wrongYaml(text, program);
    });
    assert.deepEqual(wrong, []);
  });

  test('in a Dockerfile and a unit of systemd have commands that the daemon accepts', async () => {
    const wrong = [
      ...(await wrongIn('dockerfile', ({ text }) => wrongDockerfile(text))),
      ...(await wrongIn('ini', ({ text }) => wrongUnit(text))),
      ...(await wrongIn('ini', ({ text }) => ignoredSettings(text))),
    ];
    assert.deepEqual(wrong, []);
  });

  test('in YAML parse, fragments after they are completed', () => {
    for (const sample of ofLanguage('yaml')) {
      const text = isFragment(sample) && !sample.marks.has('for') ? completed(sample.text) : sample.text;
      assert.doesNotThrow(() => load(text), placeOf(sample));
    }
  });

  test('in JSON parse, one value or one on each line', () => {
    for (const sample of ofLanguage('json')) assert.doesNotThrow(() => jsonValues(sample), placeOf(sample));
  });

  test('of log lines are lines that docs/log-lines.md has, with fields that it has', () => {
    const wrong = [
      ...ofLanguage('text').flatMap((sample) =>
        sample.marks.has('log') ? logProblems(sample, sample.text.trim().split('\n')) : [],
      ),
      ...ofLanguage('json').flatMap((sample) => jsonValues(sample).flatMap((value) => recordProblems(sample, value))),
    ];
    assert.deepEqual(wrong, []);
  });

  test('of a broker URL are accepted without a warning', () => {
    const urls = ofLanguage('text').filter(({ marks }) => marks.has('url'));
    assert.ok(urls.length > 0);
    for (const sample of urls) assert.equal(wrongUrl(sample.text.trim()), undefined, placeOf(sample));
  });

  test('in Python parse', (t) => {
    for (const { text } of ofLanguage('python')) {
      try {
        execFileSync('python3', ['-c', 'import ast, sys; ast.parse(sys.stdin.read())'], { input: text, stdio: 'pipe' });
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
        t.skip('python3 is not installed');
      }
    }
  });

  test('in JavaScript and TypeScript compile against the types of the package', async (t) => {
    const project = await SampleProject.create({ after: (undo) => t.after(undo) });
    assert.deepEqual(await typeErrors(project, pages), []);
  });
});

describe('the checks of samples', () => {
  test('see a fence inside a list, its marks, and its text without the indentation', () => {
    const [sample] = parseSamples(
      'page.md',
      ['1. one', '', '   ```yaml fragment file=a.yml', '   a:', '     b: 1', '   ```'].join('\n'),
    );
    assert.deepEqual(
      [sample?.line, sample?.language, sample?.text, sample?.marks.get('file'), sample?.marks.has('fragment')],
      [3, 'yaml', 'a:\n  b: 1\n', 'a.yml', true],
    );
  });

  test('refuse a fence without a language, without its mark, or with an unknown one', () => {
    for (const info of ['', 'text', 'js', 'ts', 'python', 'bash', 'sh fragment', 'yaml for=helm', 'js complete']) {
      const [sample] = parseSamples('page.md', `\`\`\`${info}\nx\n\`\`\`\n`);
      assert.ok(sample !== undefined && wrongMarks(sample) !== undefined, info);
    }
  });

  test('refuse unknown flags, sub-commands, scripts, files and variables, with their line', async () => {
    const script = [
      'npx amqp-dispatcher --validate --strict # fine',
      'amqp-dispatcher --prefetch 3',
      'node_modules/.bin/amqp-dispatcher dead exhume mails',
      'npx amqp-dispatcher dead list mails --where reason=invalid',
      'mkdir a && npm run nothing',
      'npm run soak -- --minuets 10',
      'node publish.mjs x | node missing.mjs',
      'AMQP_DISPATCHER_THRAEDS=2 npx amqp-dispatcher',
      'RABBITMQ_URL=http://host npx amqp-dispatcher',
      'wget x',
    ].join('\n');
    const wrong = await wrongCommands(script, new Set(['publish.mjs']));
    assert.deepEqual(
      wrong.map(({ line }) => line),
      [2, 3, 5, 6, 7, 8, 9, 10],
    );
  });

  test('refuse log lines and fields that the pages do not have', () => {
    const [sample] = parseSamples('page.md', '```json\n```');
    assert.ok(sample !== undefined);
    assert.equal(logProblems(sample, ['the daemon sings']).length, 1);
    const line = { level: 30, time: 1, pid: 2, hostname: 'shop', name: 'amqp-dispatcher', msg: 'stopped' };
    assert.deepEqual(recordProblems(sample, line), []);
    assert.equal(recordProblems(sample, { ...line, qeueu: 'mails' }).length, 1);
    assert.equal(recordProblems(sample, { ...line, msg: 'sung' }).length, 1);
  });

  test('see what systemd would ignore, and what is no line of a unit', async () => {
    const unit = '[Service]\nExecStart=/usr/bin/node node_modules/.bin/amqp-dispatcher --confg x\nRestrat = no\n';
    assert.deepEqual(
      (await wrongUnit(unit)).map(({ line }) => line),
      [2, 3],
    );
    const ignored = await ignoredSettings('[Service]\nExecStart=/bin/true\nRestrat=no\n');
    assert.ok(ignored.length === 0 || ignored[0]?.line === 3);
  });

  test('read quotes, redirections and continued lines as a shell does', () => {
    const [command] = shellCommands(`A='b c' node x.mjs "d \\"e\\"" '{ "f": 1 }' \\\n  g > out.txt # h`);
    assert.deepEqual(command?.words, ['node', 'x.mjs', 'd "e"', '{ "f": 1 }', 'g']);
    assert.equal(command?.variables.get('A'), 'b c');
  });
});

function ofLanguage(language: string): Sample[] {
  return samples.filter((sample) => sample.language === language);
}

function filesOf({ page }: Sample): Set<string> {
  return new Set((pages.get(page) ?? []).flatMap((each) => fileOf(each) ?? []));
}

async function wrongIn(language: string, check: (sample: Sample) => Promise<WrongCommand[]>): Promise<string[]> {
  const all = ofLanguage(language).map(async (sample) =>
    (await check(sample)).map(({ line, problem }) => `${placeOf(sample, line)}: ${problem}`),
  );
  return (await Promise.all(all)).flat();
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

/** The value of a JSON sample, or of each of its lines. */
function jsonValues({ text }: Sample): unknown[] {
  try {
    return [JSON.parse(text)];
  } catch {
    return text
      .trim()
      .split('\n')
      .map((line): unknown => JSON.parse(line));
  }
}

function logProblems(sample: Sample, lines: readonly string[]): string[] {
  return lines
    .filter((line) => !logPatterns.some((pattern) => pattern.test(line)))
    .map((line) => `${placeOf(sample)}: docs/log-lines.md has no line ${line}`);
}

/** The problems of a value that is a log line: its text, and fields that no page about the log names. */
function recordProblems(sample: Sample, value: unknown): string[] {
  if (!isMapping(value) || typeof value['msg'] !== 'string' || !('level' in value)) return [];
  const unknownText = logProblems(sample, [value['msg']]);
  // A consumer logs its own texts and fields.
  if (unknownText.length > 0 && 'consumer' in value) return [];
  const fields = Object.keys(value).filter(
    (field) => !PINO_FIELDS.includes(field) && !logPages.includes(`\`${field}\``),
  );
  return [...unknownText, ...fields.map((field) => `${placeOf(sample)}: no log line has the field ${field}`)];
}
