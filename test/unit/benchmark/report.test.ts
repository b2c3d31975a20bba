import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { fillParts } from '../../../benchmark/report/generated-parts.js';
import { makeReport, RESULTS_FILE } from '../../../benchmark/report/report.js';
import { parseResultsFile } from '../../../benchmark/report/results-file.js';
import { ticksUpTo } from '../../support/axis-ticks.js';
import { parseRecord } from '../../support/json-record.js';

/** `npm run bench:report` writes every figure of docs/performance.md, its charts and the README. */

const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));
const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8');

describe('the report', () => {
  const report = makeReport(parseResultsFile(read(RESULTS_FILE)), {
    'docs/performance.md': read('docs/performance.md'),
    'README.md': read('README.md'),
  });

  for (const [file, text] of Object.entries(report)) {
    test(`makes ${file} of docs/performance.json`, () => {
      assert.equal(read(file), text, 'it was changed by hand, or npm run bench:report was not run');
    });
  }

  test('draws every chart, and the page shows each', () => {
    const charts = readdirSync(join(ROOT, 'docs/performance')).map((name) => `performance/${name}`);
    const made = Object.keys(report).filter((file) => file.endsWith('.svg'));
    assert.deepEqual(charts.map((file) => `docs/${file}`).toSorted(), made.toSorted());
    for (const file of charts) assert.ok(read('docs/performance.md').includes(`](${file})`), file);
  });

  test('names the missing parts after a partial run', () => {
    const partial = { ...parseRecord(read(RESULTS_FILE)), measurements: [] };
    assert.throws(() => parseResultsFile(JSON.stringify(partial)), /not those of a full run[^]*measurements\.latency/);
  });

  test('links from the README only to sections of the page', () => {
    const sections = [...read('docs/performance.md').matchAll(/^## (.*)$/gm)].map(([, title = '']) =>
      title.toLowerCase().replaceAll(' ', '-'),
    );
    const links = [...read('README.md').matchAll(/docs\/performance\.md#([\w-]+)/g)].map(([, section = '']) => section);
    assert.ok(links.length > 0);
    assert.deepEqual(
      links.filter((section) => !sections.includes(section)),
      [],
    );
  });
});

describe('the generated parts of a page', () => {
  const PAGE = 'by hand\n<!-- generated: a -->\nold\n<!-- end -->\nby hand\n';

  test('stand between their markers, and the rest stays unchanged', () => {
    const filled = fillParts(PAGE, { a: 'new $& table' });
    assert.equal(filled, 'by hand\n<!-- generated: a -->\n\nnew $& table\n\n<!-- end -->\nby hand\n');
    assert.equal(fillParts(filled, { a: 'new $& table' }), filled);
  });

  test('are exactly those that the page asks for', () => {
    assert.throws(() => fillParts(PAGE, {}), { message: 'there is no generated part "a"' });
    assert.throws(() => fillParts(PAGE, { a: '', b: '' }), { message: 'the page has no marker for b' });
  });
});

describe('an axis', () => {
  test('has round steps and reaches at least the largest value', () => {
    assert.deepEqual(ticksUpTo(1.4, 6), [0, 0.5, 1, 1.5]);
    assert.deepEqual(ticksUpTo(0.6, 6), [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6]);
    assert.deepEqual(ticksUpTo(37_000, 4), [0, 10_000, 20_000, 30_000, 40_000]);
  });
});
