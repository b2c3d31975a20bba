import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Family, formatFor, writeFamilies } from '../../../../src/metrics/exposition/exposition.js';
import { Histogram } from '../../../../src/metrics/histogram.js';

const COUNTER: Family = { name: 'done', help: 'Done', type: 'counter', samples: [{ labels: { q: 'a' }, value: 3 }] };
const GAUGE: Family = { name: 'size', help: 'Size', type: 'gauge', samples: [{ labels: {}, value: 1.5 }] };

function histogram(): Family {
  const value = new Histogram([0.5, 1]);
  for (const each of [0.25, 0.75, 2]) value.observe(each);
  return { name: 'took', help: 'Took', type: 'histogram', samples: [{ labels: { q: 'a' }, value: value.read() }] };
}

const BUCKETS = [
  'took_bucket{q="a",le="0.5"} 1',
  'took_bucket{q="a",le="1.0"} 2',
  'took_bucket{q="a",le="+Inf"} 3',
  'took_sum{q="a"} 3',
  'took_count{q="a"} 3',
];

describe('the exposition of metrics', () => {
  test('as Prometheus text names the series of a counter', () => {
    const lines = ['# HELP done_total Done', '# TYPE done_total counter', 'done_total{q="a"} 3'];
    assert.equal(writeFamilies([COUNTER], 'prometheus'), `${lines.join('\n')}\n`);
  });

  test('as OpenMetrics names the family of a counter, and ends in EOF', () => {
    const lines = ['# HELP done Done', '# TYPE done counter', 'done_total{q="a"} 3', '# EOF'];
    assert.equal(writeFamilies([COUNTER], 'openmetrics'), `${lines.join('\n')}\n`);
  });

  test('writes a gauge without labels', () => {
    assert.equal(writeFamilies([GAUGE], 'prometheus'), '# HELP size Size\n# TYPE size gauge\nsize 1.5\n');
  });

  for (const format of ['prometheus', 'openmetrics'] as const) {
    test(`writes the buckets of a histogram cumulatively, with the bound as a float: ${format}`, () => {
      const text = writeFamilies([histogram()], format);
      assert.deepEqual(
        text.split('\n').filter((line) => line.startsWith('took')),
        BUCKETS,
      );
    });
  }

  test('escapes hostile label values and help texts, so that each stays on its line', () => {
    const value = 'a"b\\c\nd{e="f"} 1 # EOF';
    const hostile: Family = {
      name: 'x',
      help: 'a\\b\n"c"',
      type: 'gauge',
      samples: [{ labels: { q: value }, value: 1 }],
    };
    const sample = 'x{q="a\\"b\\\\c\\nd{e=\\"f\\"} 1 # EOF"} 1';
    assert.deepEqual(writeFamilies([hostile], 'prometheus').split('\n'), [
      '# HELP x a\\\\b\\n"c"',
      '# TYPE x gauge',
      sample,
      '',
    ]);
    assert.equal(writeFamilies([hostile], 'openmetrics').split('\n')[0], '# HELP x a\\\\b\\n\\"c\\"');
    assert.equal(writeFamilies([hostile], 'openmetrics').split('\n')[2], sample);
  });

  test('writes numbers that are not finite as Prometheus reads them', () => {
    const samples = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN, 1e21].map((value) => ({
      labels: {},
      value,
    }));
    const text = writeFamilies([{ name: 'x', help: 'X', type: 'gauge', samples }], 'prometheus');
    assert.deepEqual(text.split('\n').slice(2, -1), ['x +Inf', 'x -Inf', 'x NaN', 'x 1e+21']);
  });

  test('chooses OpenMetrics only for a scraper that asks for it', () => {
    const prometheus = 'application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75';
    assert.equal(formatFor(`${prometheus},text/plain;version=0.0.4;q=0.5,*/*;q=0.1`), 'openmetrics');
    assert.equal(formatFor('text/plain'), 'prometheus');
    assert.equal(formatFor('*/*'), 'prometheus');
    assert.equal(formatFor(undefined), 'prometheus');
  });
});
