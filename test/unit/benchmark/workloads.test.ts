import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { MEASUREMENTS } from '../../../benchmark/measurements/index.js';
import { contestantsOf, WORKLOADS } from '../../../benchmark/workloads/all-workloads.js';

describe('the workloads', () => {
  test('have names that differ from the measurements', () => {
    const ids = [...WORKLOADS, ...MEASUREMENTS].map(({ id }) => id);
    assert.deepEqual(ids, [...new Set(ids)]);
  });

  for (const workload of WORKLOADS) {
    const { id, baseline, contestants, target } = workload;

    test(`${id} has its baseline and its daemon with a target among the contestants`, () => {
      if (typeof baseline !== 'number') assert.ok(contestants.includes(baseline));
      const judged = contestants.filter((contestant) => contestant.judged === true);
      assert.deepEqual(
        judged.map((contestant) => contestant.id),
        ['daemon'],
      );
      assert.ok(target === undefined || (target.stretch ?? Infinity) > target.ratio);
    });

    test(`${id} has each daemon twice when a second version is given`, () => {
      const own = contestants.filter((contestant) => contestant.id.startsWith('daemon'));
      const all = contestantsOf(workload, 'other').map((contestant) => contestant.id);
      for (const { id: name } of own) assert.ok(all.includes(`${name}@other`));
      assert.equal(all.length, contestants.length + own.length);
    });
  }
});
