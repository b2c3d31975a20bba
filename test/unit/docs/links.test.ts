import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, extname, join, relative } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));
const docs = readdirSync(join(ROOT, 'docs')).filter((name) => name.endsWith('.md'));
const PAGES = [
  'README.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  'examples/README.md',
  ...docs.map((name) => `docs/${name}`),
];

describe('relative links', () => {
  for (const page of PAGES) {
    test(`in ${page} lead to existing files and headings`, () => {
      const text = proseOf(readFileSync(join(ROOT, page), 'utf8'));
      const targets = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
      const relatives = targets.filter((target) => !/^[a-z]+:/.test(target));
      assert.deepEqual(
        relatives.filter((target) => !resolves(page, target)),
        [],
      );
    });
  }
});

function resolves(page: string, target: string): boolean {
  const [path = '', anchor] = target.split('#');
  const file = path === '' ? join(ROOT, page) : join(ROOT, dirname(page), path);
  if (!existsSync(file) || relative(ROOT, file).startsWith('..')) return false;
  if (anchor === undefined) return true;
  return extname(file) === '.md' && anchorsOf(readFileSync(file, 'utf8')).has(anchor);
}

/** The anchors that GitHub generates from a page's headings. */
function anchorsOf(text: string): Set<string> {
  const anchors = new Set<string>();
  const prose = text.replace(/^```.*?^```/gms, '');
  for (const [, title = ''] of prose.matchAll(/^#{1,6} +(.*?) *$/gm)) {
    const slug = title
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-');
    let anchor = slug;
    for (let copy = 1; anchors.has(anchor); copy += 1) anchor = `${slug}-${copy}`;
    anchors.add(anchor);
  }
  return anchors;
}

/** A page without its code, which contains no links. */
function proseOf(text: string): string {
  return text.replace(/^ *```.*?^ *```/gms, '').replace(/`[^`\n]*`/g, '');
}
