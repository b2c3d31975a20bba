import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Contestant } from '../../../benchmark/contestants/contestant.js';
import { type RoundOfSlices, summarise } from '../../../benchmark/results/round-summary.js';
import { judge } from '../../../benchmark/results/verdict.js';
import type { Workload } from '../../../benchmark/workloads/workload.js';

const never = async (): Promise<never> => Promise.reject(new Error('nothing is started here'));
const plain: Contestant = { id: 'plain', name: 'plain', start: never };
const daemon: Contestant = { id: 'daemon', name: 'daemon', judged: true, start: never };
const slow: Contestant = { id: 'slow', name: 'slow', share: 0.1, start: never };

const workload: Workload = {
  id: 'acks',
  title: 'acks',
  work: 'acks',
  bodyBytes: 200,
  prefetch: 100,
  instances: 1,
  threads: 1,
  messages: 1000,
  warmUp: 100,
  baseline: plain,
  contestants: [plain, daemon, slow],
  target: { ratio: 1.25, stretch: 1.4 },
};

function sliced(...rates: readonly number[]): RoundOfSlices {
  return rates.map((rate) => ({ rate, cpuMicroseconds: 10, mainCpuMicroseconds: undefined }));
}

function roundsOf(...rates: readonly number[]): RoundOfSlices[] {
  return rates.map((rate) => sliced(rate));
}

const figures = new Map([
  [plain, roundsOf(100, 50, 200)],
  [daemon, roundsOf(130, 75, 200)],
  [slow, roundsOf(10, 10, 10)],
]);

describe('the summary of the rounds', () => {
  test('has the median of the ratios to the baseline of the same round', () => {
    const [, second] = summarise({ workload, figures, leftOut: [] }).contestants;
    assert.deepEqual(second?.ratios, [1.3, 1.5, 1]);
    assert.equal(second?.ratio.median, 1.3);
    assert.equal(second?.rate.median, 130);
  });

  test('compares each slice with the same slice of the baseline, and takes the median of a round', () => {
    const inSlices = new Map([
      [plain, [sliced(100, 50, 200), sliced(10, 10, 10)]],
      [daemon, [sliced(130, 75, 200), sliced(9, 20, 8)]],
    ]);
    const [, second] = summarise({ workload, figures: inSlices, leftOut: [] }).contestants;
    assert.deepEqual(second?.ratios, [1.3, 0.9]);
    assert.deepEqual(second?.rates, [130, 9]);
    assert.deepEqual(second?.ratio, { median: 1.1, lowest: 0.9, highest: 1.3 });
  });

  test('has a verdict only for the contestant with a target', () => {
    const { contestants } = summarise({ workload, figures, leftOut: [] });
    assert.deepEqual(
      contestants.map(({ verdict }) => verdict),
      [undefined, 'met', undefined],
    );
  });

  test('compares with a rate that is known beforehand', () => {
    const summary = summarise({ workload: { ...workload, baseline: 400 }, figures, leftOut: [] });
    assert.equal(summary.baseline, 400);
    assert.deepEqual(summary.contestants[0]?.ratios, [0.25, 0.125, 0.5]);
  });

  test('shows how many messages a slow contestant had', () => {
    const { contestants } = summarise({ workload, figures, leftOut: [] });
    assert.deepEqual(
      contestants.map(({ messages }) => messages),
      [1000, 1000, 100],
    );
  });
});

describe('the verdict', () => {
  test('is met from the target on, and the stretch goal from its value on', () => {
    const target = { ratio: 1.25, stretch: 1.4 };
    assert.deepEqual(
      [1.249, 1.25, 1.399, 1.4].map((ratio) => judge(ratio, target)),
      ['missed', 'met', 'met', 'stretch met'],
    );
    assert.equal(judge(9, { ratio: 1.25 }), 'met');
  });
});
