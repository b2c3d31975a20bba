import { execFile } from 'node:child_process';
import { access, constants, mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The programs of an installed RabbitMQ. */
export interface RabbitmqProgram {
  readonly server: string;
  readonly ctl: string;
  readonly epmd: string;
}

const MISSING =
  'RabbitMQ is needed and was not found. Install it (Debian, Ubuntu: "apt-get install rabbitmq-server"; ' +
  'macOS: "brew install rabbitmq"; others: https://www.rabbitmq.com/docs/download)';

/**
 * Debian's programs in /usr/sbin are wrappers that switch the user and drop the environment when root calls them: the scripts
 * behind them come first.
 */
const FOLDERS = ['/usr/lib/rabbitmq/bin', '/opt/homebrew/sbin', '/usr/local/sbin'];
const ERLANG_FOLDERS = ['/usr/lib/erlang/bin', '/usr/local/lib/erlang/bin', '/opt/homebrew/bin'];

/** The installed RabbitMQ; installs it first when it is missing and this is root on Debian or Ubuntu. */
export async function findOrInstallRabbitmq(): Promise<RabbitmqProgram | undefined> {
  return (await findRabbitmq()) ?? ((await canInstall()) ? await installRabbitmq() : undefined);
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

async function findRabbitmq(): Promise<RabbitmqProgram | undefined> {
  const path = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  const server = await findExecutable('rabbitmq-server', [...FOLDERS, ...path]);
  const ctl = await findExecutable('rabbitmqctl', [...FOLDERS, ...path]);
  const epmd = await findExecutable('epmd', [...path, ...ERLANG_FOLDERS]);
  return server && ctl && epmd ? { server, ctl, epmd } : undefined;
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
