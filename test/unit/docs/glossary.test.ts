import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const PAGE = fileURLToPath(new URL('../../../../docs/glossary.md', import.meta.url));
const ROW = /^\| \*\*(?<word>[^*]+)\*\* +\| (?<meaning>.*) \|$/gm;

interface Entry {
  readonly word: string;
  readonly files: readonly string[];
}

const entries: Entry[] = [...readFileSync(PAGE, 'utf8').matchAll(ROW)].map(({ groups }) => ({
  word: groups?.['word'] ?? '',
  files: [...(groups?.['meaning'] ?? '').matchAll(/\]\(([^)#]+\.ts)\)/g)].map(([, file = '']) => file),
}));

describe('docs/glossary.md', () => {
  test('explains 20 to 30 words, each once', () => {
    const words = entries.map(({ word }) => word);
    assert.ok(words.length >= 20 && words.length <= 30, `${words.length} words`);
    assert.deepEqual(words, [...new Set(words)]);
  });

  test('links every word to source files that exist and name the word', () => {
    const wrong = entries.flatMap(({ word, files }) =>
      files.length === 0
        ? [`${word}: no link`]
        : files.filter((file) => !names(file, word)).map((f) => `${word}: ${f}`),
    );
    assert.deepEqual(wrong, []);
  });
});

/** Matches whole words, in prose or in a name: "dead queue" is in `deadQueue` and in `dead-queue.ts`. */
function names(file: string, word: string): boolean {
  const path = join(dirname(PAGE), file);
  if (!existsSync(path)) return false;
  const text = `${file} ${readFileSync(path, 'utf8')}`.replace(/([a-z])([A-Z])/g, '$1 $2').toLowerCase();
  const words = ` ${text.replace(/[^a-z]+/g, ' ')} `;
  return [word, `${word}s`, `${word}d`, `${word}ed`].some((form) => words.includes(` ${form} `));
}
