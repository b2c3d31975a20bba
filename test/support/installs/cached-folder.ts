import { mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { GuardedProcess } from '../processes/guarded-process.js';
import type { CommandLine } from './rabbitmq-program.js';

/** The folder for downloads: `~/.cache/amqp-dispatcher`, or in `$XDG_CACHE_HOME`. */
export function cacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  return join(env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'amqp-dispatcher');
}

export interface CachedFolderOptions {
  /** The folder's path. */
  readonly folder: string;
  /** Returns the command that fills an empty folder. */
  readonly fill: (empty: string) => CommandLine;
  readonly env?: NodeJS.ProcessEnv;
}

/**
 * Creates a folder of the cache whole or not at all: fills it under another name, and renames it once the command has succeeded.
 * If this process dies, the orphan guard ends the command and removes its files.
 * @throws with the end of the command's output
 */
export async function makeCachedFolder({ folder, fill, env = process.env }: CachedFolderOptions): Promise<void> {
  await removeAbandoned(folder);
  const part = partOf(folder, process.pid);
  const inside = join(part, 'folder');
  await mkdir(inside, { recursive: true });
  const logFile = `${folder}.log`;
  await rm(logFile, { force: true });
  try {
    const filling = await GuardedProcess.start({ command: fill(inside), env, cwd: part, logFile });
    const code = await filling.exitCode();
    if (code !== 0)
      throw new Error(`exit code ${code}; ${logFile} ends in:\n${(await readFile(logFile, 'utf8')).slice(-2000)}`);
    await rename(inside, folder).catch(async (error: unknown) => {
      // Another test run was faster; its folder is equal.
      if (!(await exists(folder))) throw error;
    });
  } finally {
    await rm(part, { recursive: true, force: true, maxRetries: 10 });
  }
}

function partOf(folder: string, owner: number | string): string {
  return `${folder}.part-${owner}`;
}

/** Removes leftovers, because a power cut ends orphan guards, too. */
async function removeAbandoned(folder: string): Promise<void> {
  const parent = join(folder, '..');
  for (const name of await readdir(parent).catch(() => [])) {
    const path = join(parent, name);
    const [, owner] = /\.part-(\d+)$/.exec(name) ?? [];
    if (owner === undefined || path !== partOf(folder, owner) || isAlive(Number(owner))) continue;
    await rm(path, { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
