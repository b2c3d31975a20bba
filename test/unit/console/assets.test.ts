import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { readAssets } from '../../../src/console/assets.js';
import { pageDocument } from '../../../src/console/page-document.js';

function folderWith(t: TestContext, files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'console-page-'));
  t.after(() => rmSync(folder, { recursive: true }));
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(join(folder, name, '..'), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  return folder;
}

describe('the assets of the page', () => {
  test('are the modules, styles and pictures of the folder, with their types', (t) => {
    const folder = folderWith(t, {
      'main.js': 'a',
      'style.css': 'b',
      'icon.svg': 'c',
      'dead/tab.js': 'd',
      'vendor/u.min.js': 'e',
    });
    const types = [...readAssets(folder)].map(([url, { type }]) => `${url} ${type}`);
    assert.deepEqual(types, [
      '/assets/dead/tab.js text/javascript; charset=utf-8',
      '/assets/icon.svg image/svg+xml',
      '/assets/main.js text/javascript; charset=utf-8',
      '/assets/style.css text/css; charset=utf-8',
      '/assets/vendor/u.min.js text/javascript; charset=utf-8',
    ]);
  });

  test('leave out other files, hidden ones, and names that a URL or HTML would change', (t) => {
    const folder = folderWith(t, {
      'a.d.ts': '',
      'a.js.map': '',
      '.env': '',
      '.x/a.js': '',
      'a b.js': '',
      'a".js': '',
    });
    assert.deepEqual([...readAssets(folder)], []);
    assert.deepEqual([...readAssets(join(folder, 'missing'))], []);
  });

  test('have tags by their content', (t) => {
    const assets = readAssets(folderWith(t, { 'a.js': 'same', 'b.js': 'same', 'c.js': 'other' }));
    const [a, b, c] = ['a', 'b', 'c'].map((name) => assets.get(`/assets/${name}.js`)?.etag);
    assert.match(a ?? '', /^"[\w-]{22}"$/);
    assert.equal(a, b);
    assert.notEqual(a, c);
  });
});

describe('the document of the page', () => {
  test('loads every style and module, and gives the nonce to the import map alone', () => {
    const html = pageDocument('NONCE', ['/assets/main.js', '/assets/style.css', '/assets/vendor/preact.js']);
    assert.deepEqual(html.match(/nonce="NONCE"/g)?.length, 1);
    assert.match(html, /<script type="importmap" nonce="NONCE">\{"imports":\{"preact":"\/assets\/vendor\/preact\.js",/);
    assert.match(html, /<link rel="stylesheet" href="\/assets\/style\.css">/);
    assert.match(html, /<link rel="modulepreload" href="\/assets\/vendor\/preact\.js">/);
    assert.match(html, /<script type="module" src="\/assets\/main\.js"><\/script>/);
  });
});
