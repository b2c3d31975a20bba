import { execFile } from 'node:child_process';
import { access, constants, realpath } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { aptInstall, isRootOn } from './debian-machine.js';
import type { RabbitmqProgram } from './rabbitmq-program.js';

const run = promisify(execFile);

/**
 * Debian's programs in /usr/sbin are wrappers that switch the user and drop the environment for root, so the scripts
 * behind them come first.
 */
const FOLDERS = ['/usr/lib/rabbitmq/bin', '/opt/homebrew/sbin', '/usr/local/sbin'];
const ERLANG_FOLDERS = ['/usr/lib/erlang/bin', '/usr/local/lib/erlang/bin', '/opt/homebrew/bin'];

/** The RabbitMQ of this machine, or the one whose scripts are in the folders. */
export async function findInstalledRabbitmq(folders?: readonly string[]): Promise<RabbitmqProgram | undefined> {
  const path = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  const server = await findExecutable('rabbitmq-server', folders ?? [...FOLDERS, ...path]);
  const ctl = await findExecutable('rabbitmqctl', folders ?? [...FOLDERS, ...path]);
  const epmd = await findExecutable('epmd', [...path, ...ERLANG_FOLDERS]);
  if (server === undefined || ctl === undefined || epmd === undefined) return undefined;
  return { version: await versionOf(server, ctl), server: [server], ctl: [ctl], epmd: [epmd] };
}

/** Installs it by apt-get when this is root on Debian or Ubuntu, else does nothing. */
export async function installRabbitmq(): Promise<RabbitmqProgram | undefined> {
  if (!(await isRootOn(['debian', 'ubuntu']))) return undefined;
  const log = await aptInstall('rabbitmq-server');
  const program = await findInstalledRabbitmq();
  if (program === undefined) throw new Error(`"apt-get install rabbitmq-server" left no rabbitmq-server; see ${log}`);
  return program;
}

/** The version in the path of a package; else from rabbitmqctl, which takes most of a second. */
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
