import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { ANSWER, FINISHED } from '../../../../src/bridge/index.js';
import { SessionBench } from '../session-bench.js';

const CHANGE = {
  name: 'x',
  type: 'counter',
  help: '',
  across: 'sum',
  bounds: [],
  series: [{ labels: {}, value: 1, counts: [] }],
};

function open(t: TestContext): SessionBench {
  const bench = new SessionBench();
  t.after(() => bench.session.kill(new Error('the test is over')));
  return bench;
}

describe('the metrics in a batch of a worker', () => {
  test('are passed on beside its reports', async (t) => {
    const bench = open(t);
    const { cell, generation } = bench.offer('a');
    bench.worker.begin({ cell, generation });
    bench.worker.answer({ cell, generation });
    const reports = [cell, generation, ANSWER.ack | FINISHED];
    await bench.say({ type: 'batch', reports, commands: [], metrics: [CHANGE] });
    assert.deepEqual(bench.events, ['metrics x', 'settle a ack', 'finished a']);
  });

  test('are refused when malformed, with a warning, and the reports count all the same', async (t) => {
    const bench = open(t);
    const { cell, generation } = bench.offer('a');
    bench.worker.begin({ cell, generation });
    bench.worker.answer({ cell, generation });
    const reports = [cell, generation, ANSWER.ack | FINISHED];
    await bench.say({ type: 'batch', reports, commands: [], metrics: [{ ...CHANGE, name: 'process_x' }] });
    assert.deepEqual(bench.events, ['settle a ack', 'finished a']);
    assert.equal(bench.warnings.length, 1);
    assert.match(bench.warnings[0] ?? '', /malformed metrics/);
  });
});
