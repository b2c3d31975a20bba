import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { areMetricChanges } from '../../../../src/bridge/index.js';

const SERIES = { labels: { a: 'b' }, value: 1, counts: [] };
const CHANGE = { name: 'x', type: 'counter', help: '', across: 'sum', bounds: [], series: [SERIES] };
const HISTOGRAM = { ...CHANGE, type: 'histogram', bounds: [1, 2], series: [{ ...SERIES, counts: [0, 1, 0] }] };

describe('the changes of metrics', () => {
  for (const [what, change] of [
    ['a counter', CHANGE],
    ['a gauge below zero', { ...CHANGE, type: 'gauge', across: 'max', series: [{ ...SERIES, value: -1 }] }],
    ['a histogram', HISTOGRAM],
    ['values that were left out', { ...CHANGE, series: [], leftOut: 'series' }],
  ] as const) {
    test(`are accepted: ${what}`, () => {
      assert.equal(areMetricChanges([change]), true);
    });
  }

  for (const [what, changes] of Object.entries({
    'no list': CHANGE,
    'a list of holes': Array.from({ length: 3 }),
    'a sparse list': Object.assign([], { length: 3 }),
    'too many metrics': Array.from({ length: 201 }, () => CHANGE),
    'a name of the daemon': [{ ...CHANGE, name: 'amqp_dispatcher_x' }],
    'a name with a line break': [{ ...CHANGE, name: 'x\ny 1' }],
    'a name that is no text': [{ ...CHANGE, name: { toString: 1 } }],
    'an unknown type': [{ ...CHANGE, type: 'summary' }],
    'a help text without end': [{ ...CHANGE, help: 'x'.repeat(1_001) }],
    'too many series': [{ ...CHANGE, series: Array.from({ length: 1_001 }, () => SERIES) }],
    'a counter that goes back': [{ ...CHANGE, series: [{ ...SERIES, value: -1 }] }],
    'a value that is no number': [{ ...CHANGE, series: [{ ...SERIES, value: '1' }] }],
    'an infinite value': [{ ...CHANGE, series: [{ ...SERIES, value: Number.POSITIVE_INFINITY }] }],
    'a label with a quote in its name': [{ ...CHANGE, series: [{ ...SERIES, labels: { 'a="': 'b' } }] }],
    'a label value that is no text': [{ ...CHANGE, series: [{ ...SERIES, labels: { a: 1 } }] }],
    'a long label value': [{ ...CHANGE, series: [{ ...SERIES, labels: { a: 'x'.repeat(201) } }] }],
    'too few counts': [{ ...HISTOGRAM, series: [{ ...SERIES, counts: [1] }] }],
    'counts that go back': [{ ...HISTOGRAM, series: [{ ...SERIES, counts: [0, -1, 0] }] }],
    'bounds that descend': [{ ...HISTOGRAM, bounds: [2, 1] }],
  })) {
    test(`are refused: ${what}`, () => {
      assert.equal(areMetricChanges(changes), false);
    });
  }
});
