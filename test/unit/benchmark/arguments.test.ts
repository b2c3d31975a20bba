import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { readArguments } from '../../../benchmark/arguments.js';

const NAMES = ['acks-100', 'latency'];

describe('the arguments of the benchmark', () => {
  test('select everything by default, five times', () => {
    const { rounds, only, list, daemon, json } = readArguments([], NAMES);
    assert.deepEqual(
      { rounds, only, list, daemon, json },
      { rounds: 5, only: undefined, list: false, daemon: undefined, json: undefined },
    );
  });

  test('accept workloads and measurements alike', () => {
    assert.deepEqual(readArguments(['--only', 'latency,acks-100'], NAMES).only, ['latency', 'acks-100']);
  });

  test('list the known names when one is unknown', () => {
    assert.throws(() => readArguments(['--only', 'acks-100,speed'], NAMES), {
      message: '--only: there is no "speed"; there are acks-100, latency',
    });
  });

  for (const text of ['0', '-1', '1.5', 'many', '']) {
    test(`refuse "${text}" as a count`, () => {
      assert.throws(() => readArguments([`--rounds=${text}`], NAMES), {
        message: `--rounds: "${text}" is not a count`,
      });
    });
  }
});
