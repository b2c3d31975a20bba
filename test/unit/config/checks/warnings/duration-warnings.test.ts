import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readArguments } from '../../../../../src/cli/arguments.js';
import { DURATION_KEYS } from '../../../../../src/config/checks/warnings/duration-warnings.js';
import { schemaDocument } from '../../../../../src/config/index.js';
import { warningsOf } from '../../readings.js';

const FILE = 'queues: [{queue: q}]\nconsumers:\n  - {consumer: ./a.js:A, queue: q, ';

const nested = (key: string, value: string): string =>
  // The wait is 1s by default, above a limit of 7.
  key
    .replace('max_delay', 'delay: 5ms, max_delay')
    .split('.')
    .reduceRight((inner, step) => `{${step}: ${inner}}`, value);

const warningsFor = async (args: string[], variables = {}): Promise<readonly string[]> => {
  const parsed = await readArguments(args, variables);
  return parsed.kind === 'run' ? parsed.arguments.warnings : assert.fail(parsed.kind);
};

describe('a duration without a unit', () => {
  it('below 1000 is warned of, in milliseconds and with what to write', () => {
    assert.deepEqual(
      warningsOf(`startup_timeout: 5\n${FILE}shutdown_timeout: 30, timeout: {soft: 5000, hard: 10s}}\n`),
      [
        '1:18  startup_timeout  is 5, which means 5 milliseconds: write 5s for seconds, or 5ms',
        '4:54  consumers[0].shutdown_timeout  is 30, which means 30 milliseconds: write 30s for seconds, or 30ms',
      ],
    );
  });

  it('is warned of in every key that takes a duration', () => {
    const count = DURATION_KEYS.consumer.length + DURATION_KEYS.file.length;
    assert.equal(JSON.stringify(schemaDocument()).split('(?:ms|s|m|h)$').length - 1, count);
    for (const key of DURATION_KEYS.consumer) {
      assert.ok(
        warningsOf(`${FILE}${nested(key, '7').slice(1, -1)}}\n`).some((line) => line.includes(`${key}  is 7,`)),
        key,
      );
    }
    for (const key of DURATION_KEYS.file) {
      assert.ok(
        warningsOf(`${nested(key, '7').slice(1, -1)}\n${FILE}}\n`).some((line) => line.includes(`${key}  is 7,`)),
        key,
      );
    }
  });

  it('is warned of in --shutdown-timeout and its variable', async () => {
    assert.deepEqual(await warningsFor(['--shutdown-timeout', '5']), [
      '--shutdown-timeout is 5, which means 5 milliseconds: write 5s for seconds, or 5ms',
    ]);
    assert.deepEqual(await warningsFor([], { shutdownTimeout: '25' }), [
      'AMQP_DISPATCHER_SHUTDOWN_TIMEOUT is 25, which means 25 milliseconds: write 25s for seconds, or 25ms',
    ]);
    for (const text of ['5s', '5ms', '5000']) assert.deepEqual(await warningsFor(['--shutdown-timeout', text]), []);
  });
});
