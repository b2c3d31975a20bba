import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cacheFolder, makeCachedFolder } from './cached-folder.js';

const run = promisify(execFile);

/** Another Node.js than the running one. */
export interface OtherNode {
  readonly program: string;
  /** Such as `22.18.0`. */
  readonly version: string;
}

/** Runs in an empty folder, so that npm neither finds nor changes a project above it. */
const INSTALL = `
  cd "$1" && echo '{ "private": true }' >package.json &&
  npm install --no-audit --no-fund --ignore-scripts "$2"`;

/**
 * The newest Node.js of a major version, from its npm package for this platform; kept in the cache.
 * @throws when the package is not available or does not run here
 */
export async function findNode(major: number): Promise<OtherNode> {
  const name = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;
  const folder = join(cacheFolder(), 'nodes', String(major));
  const program = join(folder, 'node_modules', name, 'bin', 'node');
  const version = await versionOf(program);
  if (version !== undefined) return { program, version };
  console.log(`installing Node.js ${major} (${name} from npm) into ${folder}`);
  await makeCachedFolder({
    folder,
    fill: (empty) => ['/bin/sh', '-c', INSTALL, 'install', empty, `${name}@${major}`],
  });
  const installed = await versionOf(program);
  if (installed === undefined) throw new Error(`${name}@${major} has no Node.js that runs here`);
  return { program, version: installed };
}

async function versionOf(program: string): Promise<string | undefined> {
  return run(program, ['--version']).then(
    ({ stdout }) => stdout.trim().replace(/^v/, ''),
    () => undefined,
  );
}
