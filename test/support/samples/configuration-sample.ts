import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { environmentForChild } from '../processes/child-environment.js';
import { completed, type StubPem, stubsFor } from './fragment.js';
import { fileOf, filesFor, isFragment, ROOT, type Sample } from './sample.js';
import { packageTypeOf, type SampleProject } from './sample-folder.js';

const DAEMON = fileURLToPath(new URL('../../../bin/amqp-dispatcher.js', import.meta.url));
const STUB = 'consumers:\n  - consumer: ./stub.js:Stub\n    queue: stub\n';
const STUB_FILES = [['stub.js', 'export class Stub { consume() {} }\n']] as const;
/** References without a default have some value, as they have where the daemon runs. */
const REFERENCE = /\$\{([A-Z_]+)\}/g;

/** A configuration with the files beside it, and how to validate it. */
export interface ConfigurationSample {
  /** The sample that it was made from. */
  readonly sample: Sample;
  readonly files: ReadonlyMap<string, string>;
  /** The configuration among the files. */
  readonly name: string;
  readonly env: Readonly<Record<string, string>>;
}

/** A YAML sample with the files of its page; a fragment is completed, and what else it names is a stub. */
export function configurationOf(sample: Sample, page: readonly Sample[], pem: StubPem): ConfigurationSample {
  const named = [...filesFor(sample, page)].map(([file, { text }]) => [file, text] as const);
  const isLogging = sample.marks.get('for') === 'logging';
  const name = fileOf(sample) ?? (isLogging ? 'logging.yml' : 'config.yml');
  const text = isFragment(sample) && !isLogging ? completed(sample.text) : sample.text;
  const stubs = isFragment(sample) ? [...stubsFor(text, pem)] : [];
  const variables = [...text.matchAll(REFERENCE)].map(([, variable = '']) => [variable, '1'] as const);
  return {
    sample,
    // The sources of a page in TypeScript stand where their JavaScript will be.
    files: new Map([
      ...stubs.filter(([file]) => !named.some(([other]) => other.replace(/\.ts$/, '.js') === file)),
      ...named,
      ...(isLogging ? [...STUB_FILES, ['config.yml', STUB] as const] : []),
      [name, text],
    ]),
    name: isLogging ? 'config.yml' : name,
    env: { ...Object.fromEntries(variables), ...(isLogging ? { LOGGING_FILE_CONFIG: name } : {}) },
  };
}

/** A configuration for the classes and startup handler of a module that no YAML of its page names. */
export function configurationFor(sample: Sample): ConfigurationSample {
  const file = fileOf(sample) ?? '';
  const path = `./${file.replace(/\.ts$/, '.js')}`;
  const classes = [...sample.text.matchAll(/^export class (\w+)/gm)].map(([, name]) => name);
  const [, startup] = /^export (?:async )?function (\w+)/m.exec(sample.text) ?? [];
  const entries = classes.map((name) => `  - consumer: ${path}:${name}\n    queue: stub\n`);
  const config = [
    ...(startup === undefined ? [] : [`startup_handler: ${path}:${startup}\n`]),
    ...(entries.length === 0 ? [STUB] : ['consumers:\n', ...entries]),
  ];
  return {
    sample,
    files: new Map([...STUB_FILES, [file, sample.text], ['config.yml', config.join('')]]),
    name: 'config.yml',
    env: {},
  };
}

/** Writes configurations into folders of a project, and compiles their TypeScript beside it in one run. */
export async function writeConfigurations(
  project: SampleProject,
  all: readonly ConfigurationSample[],
): Promise<string[]> {
  const folders: string[] = [];
  for (const [index, { files, sample }] of all.entries()) {
    folders.push(await project.write(String(index), files, packageTypeOf(sample.page)));
  }
  const sources = all.flatMap(({ files }, index) =>
    [...files.keys()].filter((name) => name.endsWith('.ts')).map((name) => `${index}/${name}`),
  );
  const compilerOptions = { target: 'es2023', module: 'nodenext', types: ['node'], skipLibCheck: true };
  await writeFile(join(project.path, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: sources }));
  await new Promise((resolve) => {
    // Errors of types are another test's business.
    execFile(join(ROOT, 'node_modules/.bin/tsc'), ['--project', project.path], resolve);
  });
  return folders;
}

/** What `amqp-dispatcher --validate` printed. */
export interface Validation {
  readonly code: number;
  readonly output: string;
}

/** Runs `amqp-dispatcher --validate` in a folder. */
export async function validate(
  cwd: string,
  { name, env }: Pick<ConfigurationSample, 'name' | 'env'>,
  args: readonly string[] = [],
): Promise<Validation> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [DAEMON, '--validate', '--config', name, ...args],
      { cwd, env: { ...environmentForChild(), ...env } },
      (error, stdout, stderr) => resolve({ code: error === null ? 0 : Number(error.code), output: stderr + stdout }),
    );
  });
}
