import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { repositoryFile } from '../../unit/config/repository-file.js';

const run = promisify(execFile);

/** A folder of the temporary folder with the tarball of the package; the caller removes it. */
export interface PackedPackage {
  readonly folder: string;
  readonly tarball: string;
}

/** Packs the built package. */
export async function packPackage(): Promise<PackedPackage> {
  const folder = await mkdtemp(join(tmpdir(), 'amqp-dispatcher-package-'));
  // Packing must not build again, because other tests use dist at the same time.
  const args = ['pack', '--ignore-scripts', '--silent', '--pack-destination', folder];
  const packed = await run('npm', args, { cwd: dirname(repositoryFile('package-lock.json')) }).catch(
    async (error: unknown) => {
      await rm(folder, { recursive: true, force: true });
      throw error;
    },
  );
  return { folder, tarball: join(folder, packed.stdout.trim().split('\n').at(-1) ?? '') };
}
