import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Resolves a file of the repository from the compiled tests. */
export function repositoryFile(path: string): string {
  for (let folder = import.meta.dirname; ; folder = dirname(folder)) {
    const candidate = join(folder, path);
    if (existsSync(candidate)) return candidate;
    if (folder === dirname(folder)) throw new Error(`no folder above ${import.meta.dirname} holds ${path}`);
  }
}
