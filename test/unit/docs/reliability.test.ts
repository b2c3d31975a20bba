import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

/** docs/reliability.md names each fault's test; a promise whose test has gone must not stay there. */

const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));
const TITLE = /\btest\(\s*(['"`])((?:\\.|(?!\1)[\s\S])*)\1/g;
const NAMED = /\[((?:faults|integration)\/[\w/-]+)\]\(\.\.\/test\/\1\.test\.ts\): (.*?) *\|$/gm;

/** Titles of a file's tests as the page writes them: `…` for what a loop fills in. */
function titlesIn(file: string): string[] {
  const source = readFileSync(join(ROOT, 'test', `${file}.test.ts`), 'utf8');
  return [...source.matchAll(TITLE)].map(([, , title = '']) =>
    title.replace(/\$\{[^}]*\}/g, '…').replaceAll("\\'", "'"),
  );
}

function namedOnPage(): { file: string; title: string }[] {
  const page = readFileSync(join(ROOT, 'docs/reliability.md'), 'utf8');
  return [...page.matchAll(NAMED)].map(([, file = '', title = '']) => ({ file, title }));
}

describe('docs/reliability.md', () => {
  test('names tests that exist', () => {
    const named = namedOnPage();
    assert.ok(named.length > 50, `${named.length} tests are named`);
    const unknown = named.filter(({ file, title }) => !titlesIn(file).includes(title));
    assert.deepEqual(unknown, []);
  });

  test('names every test of a fault', () => {
    const named = new Set(namedOnPage().map(({ file, title }) => `${file}: ${title}`));
    const faults = readdirSync(join(ROOT, 'test/faults'), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.test.ts'))
      .flatMap((name) => {
        const file = `faults/${name.replace('.test.ts', '')}`;
        return titlesIn(file).map((title) => `${file}: ${title}`);
      });
    assert.deepEqual(
      faults.filter((fault) => !named.has(fault)),
      [],
    );
  });
});
