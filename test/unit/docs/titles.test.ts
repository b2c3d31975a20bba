import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { testFiles, testSource, titlesIn } from './titles.js';

const LONGEST = 100;
/** Stands for a part of a title that the run fills in. */
const FILLER = '12345678';

describe('test titles', () => {
  test('have at most 100 characters', () => {
    const titles = testFiles().flatMap((file) =>
      titlesIn(testSource(file), FILLER).map((title) => ({ file, title, length: title.length })),
    );
    assert.ok(titles.length > 1_000, `${titles.length} titles`);
    assert.deepEqual(
      titles.filter(({ length }) => length > LONGEST),
      [],
    );
  });

  test('are read from calls with any quotes, on one line or the next', () => {
    const source = [
      `test('it\\'s', async () => {});`,
      `  describe("two's", () => {});`,
      'test(\n  `${many} of ${few === 1 ? "one" : `some ${few}`} come`, (t) => {});',
      "await t.test('inner', () => {});",
      "/x/.test('no title');",
    ].join('\n');
    assert.deepEqual(titlesIn(source, '…'), ["it's", "two's", '… of … come', 'inner']);
  });
});
