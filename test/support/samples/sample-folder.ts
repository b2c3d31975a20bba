import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Teardown } from '../daemon/daemon.js';
import { ROOT } from './sample.js';

/** Packages that samples import; a project of a user has them after `npm install`. */
const PACKAGES = [
  'amqplib',
  '@jest/globals',
  '@types/node',
  '@opentelemetry/exporter-trace-otlp-http',
  '@opentelemetry/sdk-trace-node',
];

/** A temporary project with amqp-dispatcher installed by a link, and a subfolder for each sample. */
export class SampleProject {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  static async create(t: Teardown): Promise<SampleProject> {
    const path = await mkdtemp(join(tmpdir(), 'samples-'));
    t.after(() => rm(path, { recursive: true, force: true }));
    for (const name of ['amqp-dispatcher', ...PACKAGES]) {
      const link = join(path, 'node_modules', name);
      await mkdir(dirname(link), { recursive: true });
      await symlink(name === 'amqp-dispatcher' ? ROOT : join(ROOT, 'node_modules', name), link);
    }
    return new SampleProject(path);
  }

  /** Writes files into a subfolder, whose package has the type that `npm init` of npm 11 gives it, or `module`. */
  async write(
    folder: string,
    files: Iterable<readonly [name: string, text: string]>,
    type: 'commonjs' | 'module',
  ): Promise<string> {
    const path = join(this.path, folder);
    for (const [name, text] of [['package.json', JSON.stringify({ type })] as const, ...files]) {
      await mkdir(dirname(join(path, name)), { recursive: true });
      await writeFile(join(path, name), text);
    }
    return path;
  }
}

/** The README begins with `npm init`, so its modules need `.mjs`; the other pages assume `"type": "module"`. */
export function packageTypeOf(page: string): 'commonjs' | 'module' {
  return page === 'README.md' ? 'commonjs' : 'module';
}
