import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { STREAM_OFFSET_EXPECTED } from '../../../../src/config/values/stream-offset.js';
import { CONSUMERS, configurationOf, reportOf } from '../readings.js';

const written = (offset: string): string => `${CONSUMERS}    arguments: {x-stream-offset: ${offset}, x-priority: 3}\n`;

function read(offset: string): unknown {
  const args = configurationOf(written(offset)).consumers[0]?.arguments;
  assert.equal(args?.['x-priority'], 3);
  return args['x-stream-offset'];
}

describe('a stream offset', () => {
  it('keeps a word, a number or an interval as written', () => {
    for (const word of ['first', 'last', 'next', '1h', '7D', '30s', '10m', '1M', '1Y']) assert.equal(read(word), word);
    for (const number of [0, 5, 2 ** 53 - 1]) assert.equal(read(String(number)), number);
  });

  it('reads a time with its zone, quoted or not; a day begins in UTC', () => {
    const noon = new Date('2026-11-01T12:00:00Z');
    const spellings = ['2026-11-01T12:00:00Z', '"2026-11-01 14:00:00.000+02:00"', '2026-11-01t12:00z'];
    for (const time of spellings) assert.deepEqual(read(time), noon);
    assert.deepEqual(read('2024-02-29'), new Date('2024-02-29T00:00:00Z'));
  });

  it('is rejected with its path when RabbitMQ cannot read it', () => {
    const wrong = [
      'newest',
      'First',
      '""',
      '"5"',
      '-1',
      '1.5',
      '7d',
      '1w',
      'true',
      'null',
      '[1]',
      '{}',
      '1e300',
      '.nan',
    ];
    const times = ['2026-11-01T00:00:00', '2026-02-30', '2026-13-01', '2026-11-01T25:00:00Z', '1969-12-31', 'tomorrow'];
    for (const offset of [...wrong, ...times]) {
      const [report = '', ...more] = reportOf(written(offset));
      assert.deepEqual(more, []);
      assert.match(report, /^4:\d+ {2}consumers\[0\]\.arguments\.x-stream-offset {2}(?:is|has no value) ?/, offset);
      assert.ok(report.endsWith(`(expected ${STREAM_OFFSET_EXPECTED})`), report);
    }
  });
});
