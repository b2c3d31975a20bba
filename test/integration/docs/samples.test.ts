import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { render } from '../../../src/cli/validate/formats/index.js';
import { inspect } from '../../../src/cli/validate/inspection.js';
import { problemCount } from '../../../src/cli/validate/report.js';
import { readEnvironment } from '../../../src/config/index.js';
import { TRANSCRIPT_PAGE } from '../../golden/transcript/first-ten-minutes.js';
import { TEST_BROKER } from '../../support/broker/broker-address.js';
import { testBroker } from '../../support/broker/test-broker.js';
import { CertificateAuthority } from '../../support/network/certificates.js';
import { environmentForChild } from '../../support/processes/child-environment.js';
import {
  type ConfigurationSample,
  configurationFor,
  configurationOf,
  validate,
  writeConfigurations,
} from '../../support/samples/configuration-sample.js';
import type { StubPem } from '../../support/samples/fragment.js';
import {
  allPages,
  fileOf,
  filesFor,
  isFragment,
  placeOf,
  ROOT,
  type Sample,
  samplesOf,
} from '../../support/samples/sample.js';
import { SampleProject } from '../../support/samples/sample-folder.js';
import { WRONG_CONFIGURATIONS } from '../../support/samples/wrong-configurations.js';

/** Runs what test/unit/docs/samples only reads: each configuration with its modules, and the test in CONTRIBUTING.md. */

/** The consumer of the wrong configurations, on pages that show none. */
const EMAIL = ['email.mjs', 'export class EmailConsumer { consume() {} }\n'] as const;
/** Validations at a time. */
const AT_ONCE = 2;
/** Pages for users; the modules of the others are no consumers. */
const pages = new Map(
  allPages()
    .filter((page) => page === 'README.md' || page.startsWith('docs/'))
    .map((page) => [page, samplesOf(page)]),
);
const samples = [...pages.values()].flat();

test('the configurations of the docs are valid with the modules of their page, and those modules load', async (t) => {
  const pem = await certificate(t);
  const project = await projectOf(t);
  const configurations = samples.filter(isConfiguration).map((sample) => configurationOf(sample, pageOf(sample), pem));
  const all = [...configurations, ...unnamedModules(configurations).map(configurationFor)];
  assert.ok(all.length > 25, `${all.length}`);
  const folders = await writeConfigurations(project, all);
  const wrong = await eachOf(all, async (each, index) => {
    const problems = await problemsOf(folders[index] ?? '', each);
    return problems === '' ? [] : [`${placeOf(each.sample)}: ${problems}`];
  });
  assert.deepEqual(wrong.flat(), []);
});

test('the configurations in the README pass --validate --strict, in a package of npm init', async (t) => {
  const page = pages.get('README.md') ?? [];
  const all = page.filter(isConfiguration).map((sample) => configurationOf(sample, page, { certificate: '', key: '' }));
  assert.ok(all.length >= 2 && all.every(({ sample }) => !isFragment(sample)));
  const folders = await writeConfigurations(await projectOf(t), all);
  const results = await eachOf(all, async (each, index) => validate(folders[index] ?? '', each, ['--strict']));
  for (const { code, output } of results)
    assert.deepEqual({ code, lines: output.split('\n').length }, { code: 0, lines: 2 }, output);
});

test('the problems that the docs show are those that --validate prints', async (t) => {
  const shown = samples.filter(({ marks }) => WRONG_CONFIGURATIONS.has(marks.get('output') ?? ''));
  assert.deepEqual(new Set(shown.map(({ marks }) => marks.get('output'))), new Set(WRONG_CONFIGURATIONS.keys()));
  const all = shown.map((sample): ConfigurationSample => {
    const config = WRONG_CONFIGURATIONS.get(sample.marks.get('output') ?? '') ?? '';
    const named = [...filesFor(sample, pageOf(sample))].map(([name, { text }]) => [name, text] as const);
    return { sample, files: new Map([EMAIL, ...named, ['config.yml', config]]), name: 'config.yml', env: {} };
  });
  const folders = await writeConfigurations(await projectOf(t), all);
  const wrong = await eachOf(all, async (each, index) => {
    const isJson = each.sample.language === 'json';
    const { output } = await validate(folders[index] ?? '', each, isJson ? ['--format', 'json'] : []);
    const same = isJson
      ? isDeepStrictEqual(JSON.parse(output), JSON.parse(each.sample.text))
      : shownOf(output) === each.sample.text.trim();
    return same ? [] : [`${placeOf(each.sample)}: it prints\n${output}`];
  });
  assert.deepEqual(wrong.flat(), []);
});

test('every output that the docs show has a test that makes it', () => {
  const wrong = samples.filter(({ marks, page }) => {
    const name = marks.get('output');
    if (name === undefined || WRONG_CONFIGURATIONS.has(name)) return false;
    return name !== 'transcript' || page !== TRANSCRIPT_PAGE;
  });
  assert.deepEqual(
    wrong.map((sample) => placeOf(sample)),
    [],
  );
});

test('the test in CONTRIBUTING.md passes', async (t) => {
  const sample = samplesOf('CONTRIBUTING.md').find(({ language }) => language === 'ts');
  assert.ok(sample !== undefined);
  const project = await projectOf(t);
  const files = new Map([[fileOf(sample) ?? '', sample.text]]);
  const [folder = ''] = await writeConfigurations(project, [{ sample, files, name: '', env: {} }]);
  await symlink(join(ROOT, 'dist/test/support'), join(folder, 'test/support'));
  const file = join(folder, (fileOf(sample) ?? '').replace(/\.ts$/, '.js'));
  const env = { ...environmentForChild(), [TEST_BROKER]: JSON.stringify((await testBroker()).address) };
  const output = await new Promise<string>((resolve) => {
    execFile(process.execPath, ['--test', '--test-reporter=tap', file], { env }, (_, stdout, stderr) =>
      resolve(stdout + stderr),
    );
  });
  assert.match(output, /^# pass 1\n# fail 0$/m, output);
});

function isConfiguration({ language, marks }: Sample): boolean {
  return language === 'yaml' && (!marks.has('for') || marks.get('for') === 'logging');
}

/** The modules that no configuration of their page loads. */
function unnamedModules(configurations: readonly ConfigurationSample[]): Sample[] {
  return samples.filter((sample) => {
    const file = fileOf(sample);
    if (file === undefined || !/^(js|ts)$/.test(sample.language) || !/^export /m.test(sample.text)) return false;
    const module = `./${file.replace(/\.ts$/, '.js')}`;
    return !configurations.some(
      (each) =>
        each.sample.page === sample.page &&
        each.files.get(file) === sample.text &&
        each.files.get(each.name)?.includes(module),
    );
  });
}

function pageOf({ page }: Sample): readonly Sample[] {
  return pages.get(page) ?? [];
}

/** The problems that `--validate` finds, without a process for each of them; empty if there are none. */
async function problemsOf(folder: string, { name, env }: ConfigurationSample): Promise<string> {
  const { LOGGING_FILE_CONFIG: logging, ...variables } = env;
  const report = await inspect({
    file: join(folder, name),
    version: '0.0.0',
    environment: readEnvironment({
      ...variables,
      ...(logging === undefined ? {} : { LOGGING_FILE_CONFIG: join(folder, logging) }),
    }),
    strict: false,
    broker: false,
    signal: AbortSignal.abort(),
  });
  return problemCount(report) === 0 ? '' : render(report, 'text').stderr;
}

/** Without warnings: the docs show the problems alone. */
function shownOf(output: string): string {
  return output.replace(/^warning: .*\n/gm, '').trim();
}

async function projectOf(t: TestContext): Promise<SampleProject> {
  return SampleProject.create({ after: (undo) => t.after(undo) });
}

async function certificate(t: TestContext): Promise<StubPem> {
  const files = await (await CertificateAuthority.make(t)).issue({ names: 'DNS:localhost' });
  return { certificate: await readFile(files.certificate, 'utf8'), key: await readFile(files.key, 'utf8') };
}

/** Calls `use` for all, a few at a time; the results in their order. */
async function eachOf<T, Result>(
  all: readonly T[],
  use: (each: T, index: number) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    for (let index = next++; index < all.length; index = next++) {
      const each = all[index];
      if (each !== undefined) results[index] = await use(each, index);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return results;
}
