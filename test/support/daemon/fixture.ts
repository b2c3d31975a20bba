import { fileURLToPath } from 'node:url';

/** The absolute path of a file in test/fixtures; those are plain JavaScript and are not compiled. */
export function fixture(name: string): string {
  return fileURLToPath(new URL(`../../../../test/fixtures/${name}`, import.meta.url));
}
