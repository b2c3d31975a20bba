import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { ROOT, testFiles, testSource, titlesIn } from './titles.js';

/** Keeps the tests that docs/reliability.md names equal to the existing ones. */

const NAMED = /\[((?:faults|integration)\/[\w/-]+)\]\(\.\.\/test\/\1\.test\.ts\): (.*?) *\|$/gm;

/** Titles of a file as the page writes them. */
const titlesOf = (file: string): string[] => titlesIn(testSource(file), '…');

function namedOnPage(): { file: string; title: string }[] {
  const page = readFileSync(join(ROOT, 'docs/reliability.md'), 'utf8');
  return [...page.matchAll(NAMED)].map(([, file = '', title = '']) => ({ file, title }));
}

describe('docs/reliability.md', () => {
  test('names tests that exist', () => {
    const named = namedOnPage();
    assert.ok(named.length > 50, `${named.length} tests are named`);
    const unknown = named.filter(({ file, title }) => !titlesOf(file).includes(title));
    assert.deepEqual(unknown, []);
  });

  test('names every test of a fault', () => {
    const named = new Set(namedOnPage().map(({ file, title }) => `${file}: ${title}`));
    const faults = testFiles('faults').flatMap((file) => titlesOf(file).map((title) => `${file}: ${title}`));
    assert.deepEqual(
      faults.filter((fault) => !named.has(fault)),
      [],
    );
  });
});
