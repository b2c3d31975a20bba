import { execFile } from 'node:child_process';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileOf, filesFor, isFragment, placeOf, ROOT, type Sample } from '../../../support/samples/sample.js';
import { packageTypeOf, type SampleProject } from '../../../support/samples/sample-folder.js';

/** Built folders that the samples for contributors import by relative paths. */
const OWN_FOLDERS = ['test/support', 'benchmark/probes', 'benchmark/workloads'];
const OPTIONS = {
  target: 'es2023',
  lib: ['es2023'],
  module: 'nodenext',
  types: ['node'],
  moduleDetection: 'force',
  skipLibCheck: true,
  noEmit: true,
};
/** JavaScript has no types to be strict about; imports, members and arguments of the package are checked. */
const PROJECTS = {
  ts: { ...OPTIONS, strict: true, noUncheckedIndexedAccess: true, exactOptionalPropertyTypes: true },
  js: { ...OPTIONS, strict: false, allowJs: true, checkJs: true },
};
/** A fragment may use names (2304, 2552) and members (2339) that the page leaves to the reader, and modules (2307). */
const OPEN_IN_FRAGMENT = ['TS2304', 'TS2552', 'TS2339', 'TS2307'];
const ERROR = /^(?<folder>\d+)\/(?<file>.+?)\((?<line>\d+),\d+\): error (?<code>TS\d+): (?<text>.*)$/gm;
/** A fragment without imports and exports is the inside of a `consume`. */
const OPENING =
  "/** @param {import('amqp-dispatcher').Amqp} amqp @param {import('amqp-dispatcher').Message} message */ export async function consume(amqp, message) { ";

/** Jest gives its tests these names. */
const JEST_NAMES = ['beforeEach', 'expect', 'jest', 'test']
  .map((name) => `declare global { const ${name}: typeof import('@jest/globals').${name}; }`)
  .join('\n');

/** Compiles all JavaScript and TypeScript samples against the package's types, in one run of tsc for each language. */
export async function typeErrors(
  project: SampleProject,
  pages: ReadonlyMap<string, readonly Sample[]>,
): Promise<string[]> {
  const samples = [...pages.values()].flat().filter(({ language }) => language === 'js' || language === 'ts');
  for (const [index, sample] of samples.entries())
    await writeSample(project, { index, sample, page: pages.get(sample.page) ?? [] });
  const outputs = await Promise.all(
    (['js', 'ts'] as const).map(async (language) => {
      const files = samples.flatMap((sample, index) =>
        sample.language === language ? [`${index}/${nameOf(sample)}`] : [],
      );
      await writeFile(join(project.path, 'jest-names.d.ts'), `${JEST_NAMES}\nexport {};\n`);
      const config = join(project.path, `tsconfig.${language}.json`);
      await writeFile(
        config,
        JSON.stringify({ compilerOptions: PROJECTS[language], files: [...files, 'jest-names.d.ts'] }),
      );
      return compile(config, project.path);
    }),
  );
  const errors = [...outputs.join('\n').matchAll(ERROR)].flatMap(({ groups = {} }) => {
    const sample = samples[Number(groups['folder'])];
    // Each file is judged in its own folder; the others of its page are only there for imports.
    if (sample === undefined || nameOf(sample) !== groups['file']) return [];
    if (isFragment(sample) && OPEN_IN_FRAGMENT.includes(groups['code'] ?? '')) return [];
    return [`${placeOf(sample, Number(groups['line']))}: ${groups['text']}`];
  });
  const others = outputs
    .flatMap((text) => text.split('\n'))
    .filter((line) => /error TS/.test(line) && !/^\d+\//.test(line));
  return [...errors, ...others];
}

interface Writing {
  readonly index: number;
  readonly sample: Sample;
  readonly page: readonly Sample[];
}

async function writeSample(project: SampleProject, { index, sample, page }: Writing): Promise<void> {
  const files = [...filesFor(sample, page)].filter(([name]) => name !== nameOf(sample));
  const folder = await project.write(
    String(index),
    [...files.map(([name, { text }]) => [name, text] as const), [nameOf(sample), sourceOf(sample)]],
    packageTypeOf(sample.page),
  );
  if (sample.page === 'README.md' || sample.page.startsWith('docs/')) return;
  for (const own of OWN_FOLDERS) {
    await mkdir(dirname(join(folder, own)), { recursive: true });
    await symlink(join(ROOT, 'dist', own), join(folder, own));
  }
}

function nameOf(sample: Sample): string {
  return fileOf(sample) ?? `fragment.${sample.language}`;
}

function sourceOf(sample: Sample): string {
  return !isFragment(sample) || /^(import|export) /m.test(sample.text) ? sample.text : `${OPENING}${sample.text}}\n`;
}

async function compile(config: string, cwd: string): Promise<string> {
  return new Promise((resolve) => {
    execFile(
      join(ROOT, 'node_modules/.bin/tsc'),
      ['--project', config, '--pretty', 'false'],
      { cwd },
      (_, stdout, stderr) => resolve(stdout + stderr),
    );
  });
}
