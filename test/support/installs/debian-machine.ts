import { execFile } from 'node:child_process';
import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** True when this is root on one of the distributions or a derivative, by /etc/os-release. */
export async function isRootOn(distributions: readonly string[]): Promise<boolean> {
  if (process.getuid?.() !== 0) return false;
  const release = await readFile('/etc/os-release', 'utf8').catch(() => '');
  const names = [...release.matchAll(/^ID(?:_LIKE)?=(.*)$/gm)].flatMap(([, value = '']) => value.split(/[\s"']+/));
  return names.some((name) => distributions.includes(name));
}

/** Installs a package; resolves with the file of the output. */
export async function aptInstall(name: string): Promise<string> {
  const log = join(await mkdtemp(join(tmpdir(), 'apt-install-')), 'apt.log');
  console.log(`${name} is missing: installing it by apt-get (a minute or two; its output goes to ${log})`);
  // RUNLEVEL=1 keeps a package from starting its service.
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  const script = 'apt-get update && apt-get install -y --no-install-recommends "$2"';
  await run('/bin/sh', ['-c', `{ ${script}; } >"$1" 2>&1`, 'install', log, name], { env }).catch(
    async (cause: unknown) => {
      const output = await readFile(log, 'utf8').catch(() => '');
      throw new Error(`"apt-get install ${name}" failed:\n${output.slice(-2000)}`, { cause });
    },
  );
  return log;
}

/** The Debian mirror of this machine's apt. */
export async function debianMirror(): Promise<string> {
  let mirror = await knownMirror();
  if (mirror === undefined) {
    await run('apt-get', ['update']); // apt knows the origin of a mirror only from its lists
    mirror = await knownMirror();
  }
  if (mirror === undefined) throw new Error("none of this machine's apt sources is a mirror of Debian");
  return mirror;
}

async function knownMirror(): Promise<string | undefined> {
  const format = '$(LABEL) $(COMPONENT) $(REPO_URI)';
  const { stdout } = await run('apt-get', ['indextargets', '--format', format]);
  return /^Debian main (\S+)$/m.exec(stdout)?.[1];
}
