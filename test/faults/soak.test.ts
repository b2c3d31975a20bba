import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatSoak } from '../soak/report/soak-table.js';
import { judgeSoak } from '../soak/report/soak-verdict.js';
import { runSoak } from '../soak/soak.js';
import { seedOf } from '../support/ledger/fault-schedule.js';

/**
 * A minute gives about 20 samples in each half, and the memory of one dead thread or one large batch adds a few percent:
 * on a busy machine the halves of a daemon without leaks differed by up to a seventh. A leak below a quarter
 * shows in the counts, and in the ten minutes of `npm run soak`.
 */
const MEMORY_TOLERANCE = 0.25;

test('a minute of load and faults loses no message and leaks no handle, listener, request or memory', async (t) => {
  const tell = (line: string): void => t.diagnostic(line);
  const record = await runSoak({ minutes: 1, seed: seedOf(t), messagesPerSecond: 300, signal: t.signal, tell });
  const verdict = judgeSoak(record, MEMORY_TOLERANCE);
  t.diagnostic(formatSoak(record, verdict));
  assert.deepEqual(verdict.problems, []);
});
