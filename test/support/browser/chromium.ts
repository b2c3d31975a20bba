import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { aptInstall, isRootOn } from '../installs/debian-machine.js';

const run = promisify(execFile);
const NAMES = ['chromium', 'chromium-browser', 'google-chrome'] as const;

let found: Promise<string> | undefined;

/**
 * The Chromium on the path; root on Debian installs it where it is missing.
 * @throws when there is none and it cannot be installed
 */
export async function findChromium(): Promise<string> {
  found ??= find();
  return found;
}

async function find(): Promise<string> {
  const present = await installed();
  if (present !== undefined) return present;
  if (!(await isRootOn(['debian']))) throw new Error('no chromium on the path, and only root on Debian installs it');
  await aptInstall('chromium');
  const fresh = await installed();
  if (fresh === undefined) throw new Error("Debian's package chromium does not run here");
  return fresh;
}

async function installed(): Promise<string | undefined> {
  for (const name of NAMES) {
    const works = await run(name, ['--version']).then(
      () => true,
      () => false,
    );
    if (works) return whereIs(name);
  }
  return undefined;
}

/** puppeteer does not search the path. */
async function whereIs(name: string): Promise<string> {
  const { stdout } = await run('/bin/sh', ['-c', 'command -v "$1"', 'where', name]);
  return stdout.trim();
}
