import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { writeRate } from '../../../../src/config/index.js';
import { CONSUMERS, configurationOf, reportOf } from '../readings.js';

function read(rate: string): number | undefined {
  return configurationOf(`${CONSUMERS}    rate_limit: ${rate}\n`).consumers[0]?.rateLimit;
}

describe('a rate', () => {
  it('is a number per second, minute or hour', () => {
    assert.deepEqual([read('50/s'), read('90/m'), read('1800/h'), read('0.5/s')], [50, 1.5, 0.5, 0.5]);
    assert.equal(configurationOf(CONSUMERS).consumers[0]?.rateLimit, undefined);
  });

  it('is written without a loss', () => {
    const texts = ['50/s', '0.5/s', '100/m', '0.125/m', '1000/h'];
    assert.deepEqual(
      texts.map((text) => writeRate(read(text))),
      texts,
    );
    assert.equal(writeRate(undefined), 'off');
  });

  it('is rejected when malformed', () => {
    for (const rate of ['0/s', '0.000/m', '50', '-1/s', '5/d']) {
      assert.deepEqual(reportOf(`${CONSUMERS}    rate_limit: "${rate}"\n`), [
        `4:17  consumers[0].rate_limit  is "${rate}" (expected a rate such as 50/s, 100/m or 1000/h, more than 0)`,
      ]);
    }
    assert.match(reportOf(`${CONSUMERS}    rate_limit: "5 /s"\n`).join(), /is "5 \/s", did you mean 5\/s\? \(expected/);
    assert.deepEqual(reportOf(`${CONSUMERS}    rate_limit: 50\n`), [
      '4:17  consumers[0].rate_limit  is 50 (expected a rate such as 50/s, 100/m or 1000/h, more than 0)',
    ]);
  });
});
