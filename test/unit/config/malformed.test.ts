import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { formatProblem, parseConfiguration } from '../../../src/config/index.js';
import { malformedConfiguration, WELL_FORMED } from './malformed.js';
import { configurationOf } from './readings.js';
import { blockYaml } from './yaml-text.js';

describe('a malformed file', () => {
  it('starts as a valid one in these tests', () => {
    assert.equal(configurationOf(blockYaml(WELL_FORMED)).queues.length, 2);
    assert.equal(configurationOf(JSON.stringify(WELL_FORMED)).queues.length, 2);
  });

  it('yields at least one problem at a position within the file, whatever the mutation', () => {
    fc.assert(
      fc.property(malformedConfiguration, ({ bytes }) => {
        const reading = parseConfiguration('config.yml', bytes);
        assert.ok(!reading.ok, 'the file was taken as valid');
        assert.ok(reading.problems.length > 0);
        const lines = bytes.toString().split(/\r\n?|\n/).length;
        for (const problem of reading.problems) {
          const shown = formatProblem(problem);
          assert.ok(problem.line >= 1 && problem.line <= lines && problem.column >= 1, shown);
          assert.ok(shown.length < 1000 && !/[\n\r]|invalid input|undefined|\[object/i.test(shown), shown);
        }
      }),
      { numRuns: 1000 },
    );
  });
});
