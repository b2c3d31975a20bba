import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { readBrokersArguments } from '../../matrix/brokers-arguments.js';

describe('the arguments of test:brokers', () => {
  test('by default: all brokers, integration and faults, short', () => {
    const expected = { only: undefined, suites: ['integration', 'faults'], parts: [], full: false };
    assert.deepEqual(readBrokersArguments([]), expected);
  });

  test('accept brokers, suites and parts of file names', () => {
    const args = ['--only', '4.3,/opt/rabbitmq', '--suites', 'faults', '--part', 'retries,cluster', '--full'];
    assert.deepEqual(readBrokersArguments(args), {
      only: ['4.3', '/opt/rabbitmq'],
      suites: ['faults'],
      parts: ['retries', 'cluster'],
      full: true,
    });
  });

  test('accept parts to leave out', () => {
    assert.deepEqual(readBrokersArguments(['--part=-validating,-package']).parts, ['-validating', '-package']);
  });

  for (const [args, expected] of [
    [['--only', 'forky'], /--only: "forky" is neither a version such as 4\.3 nor a folder/],
    [['--suites', 'soak'], /--suites: "soak" is not one of integration, faults/],
    [['--versions', '4.3'], /--versions/],
  ] as const) {
    test(`refuse ${args.join(' ')}`, () => assert.throws(() => readBrokersArguments(args), expected));
  }
});
