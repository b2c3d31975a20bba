import { readFileSync } from 'node:fs';
import { readArguments as readBenchArguments } from '../../../../benchmark/arguments.js';
import { readArguments as readExampleArguments } from '../../../../examples/arguments.js';
import { readArguments } from '../../../../src/cli/arguments.js';
import { readDeadArguments } from '../../../../src/cli/dead/arguments/arguments.js';
import { parseBrokerUrl, readEnvironment } from '../../../../src/config/index.js';
import { readArguments as readSoakArguments } from '../../../soak/arguments.js';
import { repositoryFile } from '../../config/repository-file.js';
import { type ShellCommand, shellCommands } from './shell-words.js';

/** Programs that samples may call without a check of their arguments. */
const OTHERS = ['cd', 'mkdir', 'git', 'echo', 'cat', 'rm', 'docker', 'curl', 'kill'];
const OTHER_NPM = ['ci', 'install', 'init', 'pack', 'test'];
const { scripts }: { scripts: Record<string, string> } = JSON.parse(
  readFileSync(repositoryFile('package.json'), 'utf8'),
);

/** The parsers of scripts that take arguments; each throws on a wrong one. */
const SCRIPT_PARSERS: Readonly<Record<string, (args: readonly string[]) => unknown>> = {
  bench: (args) =>
    readBenchArguments(
      args,
      args.flatMap((each) => each.split(',')),
    ),
  soak: readSoakArguments,
  example: readExampleArguments,
};

/** A command that nobody could run as printed. */
export interface WrongCommand {
  /** Its line in the script, from 1. */
  readonly line: number;
  readonly problem: string;
}

/**
 * Checks each command of a script without running it: flags and sub-commands of amqp-dispatcher by its own parser, npm
 * scripts, and files for `node`.
 */
export async function wrongCommands(script: string, files: ReadonlySet<string>): Promise<WrongCommand[]> {
  const wrong: WrongCommand[] = [];
  for (const command of shellCommands(script)) {
    const problem = wrongVariable(command) ?? (await wrongWords(command.words, files));
    if (problem !== undefined) wrong.push({ line: command.line, problem });
  }
  return wrong;
}

/** Checks the words of one command. */
export async function wrongWords(words: readonly string[], files: ReadonlySet<string>): Promise<string | undefined> {
  const [program = '', ...args] = words;
  const [first = ''] = args;
  if (program === 'node' && first === '--import') {
    const [, module = '', ...rest] = args;
    if (!files.has(module.replace(/^\.\//, ''))) return `node --import ${module}: no sample of the page has that name`;
    return wrongWords([program, ...rest], files);
  }
  if (program === '' || OTHERS.includes(program)) return undefined;
  if (/(^|\/)node$/.test(program) && isProduct(first)) return wrongProduct(args.slice(1));
  if (program === 'npx') return isProduct(first) ? wrongProduct(args.slice(1)) : `npx ${first}: not a known program`;
  if (isProduct(program)) return wrongProduct(args);
  if (program === 'npm') return wrongNpm(args);
  if (program === 'node') return files.has(first) ? undefined : `node ${first}: no sample of the page has that name`;
  return `${program}: not a known program`;
}

function isProduct(word: string): boolean {
  return /^((\.\/)?node_modules\/\.bin\/)?amqp-dispatcher$/.test(word);
}

async function wrongProduct(args: readonly string[]): Promise<string | undefined> {
  const parsed = args[0] === 'dead' ? await readDeadArguments(args.slice(1)) : await readArguments(args, {});
  return parsed.kind === 'usage' ? parsed.message : undefined;
}

function wrongNpm([command = '', name = '', ...rest]: readonly string[]): string | undefined {
  if (command !== 'run') return OTHER_NPM.includes(command) ? undefined : `npm ${command}: not a known command`;
  if (!(name in scripts)) return `npm run ${name}: package.json has no such script`;
  const args = rest[0] === '--' ? rest.slice(1) : rest;
  try {
    SCRIPT_PARSERS[name]?.(args);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function wrongVariable({ variables }: ShellCommand): string | undefined {
  for (const [name, value] of variables) {
    const problem = name === 'RABBITMQ_URL' ? wrongUrl(value) : wrongFlag(name);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

/** Why the daemon would refuse a broker URL, or warn of it. */
export function wrongUrl(url: string): string | undefined {
  try {
    return parseBrokerUrl(url, undefined).warnings[0];
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Something that begins like a variable of the daemon, and is none. */
export function wrongFlag(name: string): string | undefined {
  if (!name.startsWith('AMQP_DISPATCHER_')) return undefined;
  const { flags } = readEnvironment({ [name]: '1' });
  return Object.keys(flags).length === 0 ? `${name}: not a variable of the daemon` : undefined;
}
