import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import { repositoryFile } from '../config/repository-file.js';

const PAGES = ['README.md', 'CONTRIBUTING.md', 'benchmark/README.md', 'test/support/README.md', 'test/soak/README.md'];
const LINK = /\]\((?!https?:)([^)#]+)(?:#[^)]*)?\)/g;

describe('the pages outside of docs', () => {
  for (const page of PAGES) {
    test(`${page} links only to files that exist`, () => {
      const file = join(dirname(repositoryFile('package-lock.json')), page);
      const links = [...readFileSync(file, 'utf8').matchAll(LINK)].map(([, path = '']) => path);
      assert.ok(links.length > 0);
      assert.deepEqual(
        links.filter((path) => !existsSync(join(dirname(file), path))),
        [],
      );
    });
  }
});
