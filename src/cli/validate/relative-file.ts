import { isAbsolute, relative, sep } from 'node:path';

/** The file from the working directory, with forward slashes: code hosts know it by that name. */
export function relativeFile(file: string, workingDir: string = process.cwd()): string {
  const path = isAbsolute(file) ? relative(workingDir, file) : file.replace(/^\.\//, '');
  const isOutside = path.startsWith('..') || isAbsolute(path);
  return (isOutside ? file : path).replaceAll(sep, '/');
}
