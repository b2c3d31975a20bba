import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));

const FILLED_IN = /\$\{(?:[^{}`]|`[^`]*`)*\}/g;
const TITLE = new RegExp(
  String.raw`(?:(?<![.\w])(?:test|it|describe)|\bt\.test)\(\s*(?:(['"])((?:\\.|(?!\1).)*)\1|` +
    '`' +
    String.raw`((?:${FILLED_IN.source}|\\.|[^${'`'}\\])*)` +
    '`)',
  'g',
);

/** Titles of the tests and suites in a file, as written, with `filler` for each part that the run fills in. */
export function titlesIn(source: string, filler: string): string[] {
  return [...source.matchAll(TITLE)].map(([, , text, template = '']) =>
    (text ?? template.replace(FILLED_IN, filler)).replace(/\\(.)/g, '$1'),
  );
}

/** Test files below a folder of `test`, without their extension, such as `faults/soak`. */
export function testFiles(folder = ''): string[] {
  return readdirSync(join(ROOT, 'test', folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) => join(folder, name.replace('.test.ts', '')));
}

/** The source of a test file that `testFiles` names. */
export function testSource(file: string): string {
  return readFileSync(join(ROOT, 'test', `${file}.test.ts`), 'utf8');
}
