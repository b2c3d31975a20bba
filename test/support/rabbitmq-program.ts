import { execFile } from 'node:child_process';
import { access, constants, mkdtemp, readFile, realpath } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, isAbsolute, join } from 'node:path';
import { promisify } from 'node:util';
import { rabbitmqInRoot, rootsFolder } from './rabbitmq-root.js';

const run = promisify(execFile);

/** A program and its first arguments. */
export type CommandLine = readonly [program: string, ...args: string[]];

/** The programs of a RabbitMQ. */
export interface RabbitmqProgram {
  /** Such as `4.0.5`. */
  readonly version: string;
  readonly server: CommandLine;
  readonly ctl: CommandLine;
  readonly epmd: CommandLine;
}

/**
 * The environment variable that chooses among several: a version (`4.3`, `4.0`, `3.10`), or a folder: the root of a Debian with
 * RabbitMQ in it, or an unpacked RabbitMQ with its `sbin`. Default: the installed one.
 */
export const TEST_RABBITMQ = 'TEST_RABBITMQ';

/** The Debian suite that has a version; each is looked for in the cache folder, see CONTRIBUTING.md. */
const SUITES: Readonly<Record<string, string>> = { '4.0': 'trixie', '4.3': 'forky' };

const MISSING =
  'RabbitMQ is needed and was not found. Install it (Debian, Ubuntu: "apt-get install rabbitmq-server"; ' +
  'macOS: "brew install rabbitmq"; others: https://www.rabbitmq.com/docs/download)';

/**
 * Debian's programs in /usr/sbin are wrappers that switch the user and drop the environment when root calls them: the scripts
 * behind them come first.
 */
const FOLDERS = ['/usr/lib/rabbitmq/bin', '/opt/homebrew/sbin', '/usr/local/sbin'];
const ERLANG_FOLDERS = ['/usr/lib/erlang/bin', '/usr/local/lib/erlang/bin', '/opt/homebrew/bin'];

/**
 * The RabbitMQ that TEST_RABBITMQ chooses, else the installed one; installs it first when it is missing and this is root on
 * Debian or Ubuntu.
 * @throws when TEST_RABBITMQ chooses one that is not there
 */
export async function findOrInstallRabbitmq(): Promise<RabbitmqProgram | undefined> {
  const choice = process.env[TEST_RABBITMQ] ?? '';
  if (choice !== '') return chosenRabbitmq(choice);
  return (await findRabbitmq()) ?? ((await canInstall()) ? await installRabbitmq() : undefined);
}

async function chosenRabbitmq(choice: string): Promise<RabbitmqProgram> {
  const program = isAbsolute(choice) ? await rabbitmqInFolder(choice) : await rabbitmqOfVersion(choice);
  if (program === undefined) throw new Error(`${TEST_RABBITMQ}=${choice}: there is no such RabbitMQ here`);
  return program;
}

async function rabbitmqOfVersion(version: string): Promise<RabbitmqProgram | undefined> {
  const suite = SUITES[version];
  const cached = suite === undefined ? undefined : await rabbitmqInRoot(join(rootsFolder(), suite));
  if (cached !== undefined && isVersion(cached, version)) return cached;
  const installed = await findRabbitmq();
  return installed !== undefined && isVersion(installed, version) ? installed : undefined;
}

/** True when the program's version is the wanted one, or begins with it: 4.3.6 is a 4.3. */
function isVersion(program: RabbitmqProgram, wanted: string): boolean {
  return program.version === wanted || program.version.startsWith(`${wanted}.`);
}

async function rabbitmqInFolder(folder: string): Promise<RabbitmqProgram | undefined> {
  return (await rabbitmqInRoot(folder)) ?? findRabbitmq([join(folder, 'sbin')]);
}

/** @throws an error that says what to install */
export async function requireRabbitmq(): Promise<RabbitmqProgram> {
  const program = await findOrInstallRabbitmq();
  if (program === undefined) throw new Error(`${MISSING}.`);
  return program;
}

/** The error for when Docker, too, could stand in and does not answer. */
export function missingBroker(): Error {
  return new Error(`${MISSING}, start Docker, or set RABBITMQ_URL to a broker of your own.`);
}

async function findRabbitmq(folders?: readonly string[]): Promise<RabbitmqProgram | undefined> {
  const path = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  const server = await findExecutable('rabbitmq-server', folders ?? [...FOLDERS, ...path]);
  const ctl = await findExecutable('rabbitmqctl', folders ?? [...FOLDERS, ...path]);
  const epmd = await findExecutable('epmd', [...path, ...ERLANG_FOLDERS]);
  if (server === undefined || ctl === undefined || epmd === undefined) return undefined;
  return { version: await versionOf(server, ctl), server: [server], ctl: [ctl], epmd: [epmd] };
}

/** From the path, where packages have it; else from rabbitmqctl, which takes most of a second. */
async function versionOf(server: string, ctl: string): Promise<string> {
  const [, version] = /[-/](\d+\.\d+\.\d+)\//.exec(await realpath(server)) ?? [];
  return version ?? (await run(ctl, ['version'])).stdout.trim();
}

async function findExecutable(name: string, folders: readonly string[]): Promise<string | undefined> {
  for (const folder of folders) {
    const file = join(folder, name);
    const executable = await access(file, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (executable) return file;
  }
  return undefined;
}

async function canInstall(): Promise<boolean> {
  if (process.getuid?.() !== 0) return false;
  const release = await readFile('/etc/os-release', 'utf8').catch(() => '');
  return /^ID(_LIKE)?=.*(debian|ubuntu)/m.test(release);
}

async function installRabbitmq(): Promise<RabbitmqProgram> {
  const folder = await mkdtemp(join(tmpdir(), 'rabbitmq-install-'));
  const log = join(folder, 'apt.log');
  console.log(`RabbitMQ is missing: installing it by apt-get (a minute or two; its output goes to ${log})`);
  // RUNLEVEL=1 keeps the package from starting the machine's own broker.
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  const script = 'apt-get update && apt-get install -y --no-install-recommends rabbitmq-server';
  await run('/bin/sh', ['-c', `{ ${script}; } >"$1" 2>&1`, 'install', log], { env }).catch(async (cause: unknown) => {
    const output = await readFile(log, 'utf8').catch(() => '');
    throw new Error(`${MISSING}. "apt-get install" failed:\n${output.slice(-2000)}`, { cause });
  });
  const program = await findRabbitmq();
  if (program === undefined) throw new Error(`${MISSING}. "apt-get install" left no rabbitmq-server; see ${log}`);
  return program;
}
