import { realpathSync } from 'node:fs';
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { readEnvironment } from '../../config/index.js';

/** The file from the working directory, with forward slashes: code hosts know it by that name. */
export function relativeFile(file: string, workingDir: string = process.cwd()): string {
  const path = isAbsolute(file) ? relative(workingDir, file) : file.replace(/^\.\//, '');
  const isOutside = path.startsWith('..') || isAbsolute(path);
  return (isOutside ? file : path).replaceAll(sep, '/');
}

/**
 * The file from the root of the repository, as annotations name it: GitHub sets GITHUB_WORKSPACE to that folder. Without it,
 * or for a file outside of it, the file from the working directory.
 */
export function repositoryFile(
  file: string,
  { workspace = readEnvironment().variables['GITHUB_WORKSPACE'] ?? '', workingDir = process.cwd() } = {},
): string {
  if (workspace === '') return relativeFile(file, workingDir);
  const path = relativeFile(realPath(resolve(workingDir, file)), realPath(workspace));
  return isAbsolute(path) ? relativeFile(file, workingDir) : path;
}

/** A runner may name its workspace through a link. */
function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return dirname(path) === path ? path : join(realPath(dirname(path)), path.slice(dirname(path).length));
  }
}
