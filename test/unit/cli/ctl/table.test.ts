import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { durationOf, rateOf, spanOf, tableLines } from '../../../../src/cli/ctl/table.js';

describe('a table of ctl', () => {
  test('aligns numbers to the right, and is no wider than the terminal', () => {
    const columns = [
      { heading: 'NAME', cell: ({ name }: { name: string }) => name },
      { heading: 'COUNT', cell: ({ name }: { name: string }) => name.length },
    ];
    const rows = [{ name: 'a' }, { name: '日本語' }, { name: 'x'.repeat(12) }];
    assert.deepEqual(tableLines(rows, columns, 80), [
      'NAME          COUNT',
      'a                 1',
      '日本語            3',
      'xxxxxxxxxxxx     12',
    ]);
    assert.deepEqual(tableLines(rows, columns, 8), ['NAME   …', 'a      …', '日本語 …', 'xxxxxxx…']);
  });

  test('keeps control characters and line breaks out', () => {
    const [, line] = tableLines(['a\u001b[2J\nb'], [{ heading: 'NAME', cell: (row) => row }], 80);
    assert.equal(line, 'a\\x1b[2J b');
  });

  test('writes spans, durations and rates in few characters', () => {
    assert.deepEqual([0, 9_940, 35_000, 300_000, 9_000_000].map(spanOf), ['0.0 s', '9.9 s', '35 s', '5 min', '2.5 h']);
    assert.deepEqual([0.5, 12, 999, 1_500, null].map(durationOf), ['0.5 ms', '12 ms', '999 ms', '1.5 s', '-']);
    assert.deepEqual([0, 0.25, 9.96, 12_345.6, 'x'].map(rateOf), ['0', '0.3', '10.0', '12346', '-']);
  });
});
