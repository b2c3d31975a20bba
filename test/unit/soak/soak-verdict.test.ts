import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type MainMemory, trendsOf } from '../../soak/report/memory-trend.js';
import { drawSoak } from '../../soak/report/soak-drawing.js';
import type { SoakRecord } from '../../soak/report/soak-record.js';
import { formatSoak } from '../../soak/report/soak-table.js';
import { judgeSoak } from '../../soak/report/soak-verdict.js';
import type { LedgerEntry } from '../../support/ledger/ledger-judge.js';

function consumed(number: number, at: number): LedgerEntry[] {
  return [
    { kind: 'begin', number, at },
    { kind: 'answer', number, at: at + 1 },
  ];
}

/** Two messages of one queue, the second again after a reset. */
const CLEAN: SoakRecord = {
  seed: 7,
  from: 0,
  to: 3_000,
  strikes: [{ name: 'connection reset', from: 1_200, to: 1_500, count: 1 }],
  problems: [],
  entries: [...consumed(0, 100), ...consumed(4, 1_100), ...consumed(4, 1_900)],
  confirmed: new Set([0, 4]),
  onward: new Set(),
  memory: {
    samples: [{ at: 500, bytes: 2 ** 20 }],
    halves: { firstBytes: 100, secondBytes: 105, ratio: 1.05 },
    main: [],
  },
  observed: { scrapes: 3, failedScrapes: 0, events: 3 },
  census: { before: { Socket: 2 }, after: { Socket: 2 }, holders: [] },
  warnings: [],
  exit: '0',
  left: { 'soak-acks': 0 },
};

function problems(change: Partial<SoakRecord>): readonly string[] {
  return judgeSoak({ ...CLEAN, ...change }, 0.1).problems;
}

test('a run that consumed everything and leaked nothing is clean, with a row per kind of fault', () => {
  const { faults, messages, perSecond, problems: none } = judgeSoak(CLEAN, 0.1);
  assert.deepEqual(none, []);
  assert.deepEqual(faults, [{ name: 'connection reset', times: 1, duplicates: 1, longestSilence: 800 }]);
  assert.deepEqual(perSecond, [1, 2, 0]);
  assert.deepEqual([messages.consumed, messages.duplicates, messages.lost], [3, 1, 0]);
});

test('each defect is a separate problem', () => {
  assert.deepEqual(problems({ onward: new Set([1_000_000_000]) }), [
    '1 confirmed by the broker and never begun: 1000000000',
  ]);
  const halves = { firstBytes: 100, secondBytes: 120, ratio: 1.2 };
  assert.match(String(problems({ memory: { samples: [], halves, main: [] } })), /^memory of the second half is 1\.20 /);
  assert.deepEqual(problems({ census: { before: { Socket: 2 }, after: { Socket: 3 }, holders: [] } }), [
    'Socket: 2 before the first fault, 3 at the end',
  ]);
  assert.deepEqual(problems({ warnings: ['MaxListenersExceededWarning: 11'] }), [
    'a warning of the process: MaxListenersExceededWarning: 11',
  ]);
  assert.deepEqual(problems({ observed: { scrapes: 0, failedScrapes: 2, events: 0 } }), [
    '2 scrapes failed',
    'no scrape',
    'the console sent no event',
  ]);
  assert.deepEqual(problems({ exit: 'SIGKILL' }), ['the daemon ended with SIGKILL']);
  assert.deepEqual(problems({ left: { 'soak-acks.dead': 2 } }), ['2 messages left on soak-acks.dead']);
});

test('the table and the drawing show faults, both memory halves, counts and the verdict', () => {
  const verdict = judgeSoak(CLEAN, 0.1);
  const table = formatSoak(CLEAN, verdict);
  for (const shown of [/connection reset +1 +1 +0\.80 s/, /second half .*\(\+5\.0 %\)/, /^Socket +2 +2$/m, /^Clean/m]) {
    assert.match(table, shown);
  }
  const drawing = drawSoak(CLEAN, verdict);
  for (const shown of [/<title>connection reset<\/title>/, /MiB/, /per second/, /Time, seconds/, /<\/svg>\n$/]) {
    assert.match(drawing, shown);
  }
  assert.doesNotMatch(drawing, /NaN|undefined|Infinity/);
});

const MIB = 1024 * 1024;

/** An hour with a sample each second: a saw of 20 MiB, and growth. */
function hourOf(grownMib: number): MainMemory[] {
  return Array.from({ length: 3_600 }, (_, second) => ({
    at: second * 1_000,
    resident: 100 * MIB,
    heapUsed: 20 * MIB + (second % 60) * (MIB / 3) + (second / 3_600) * grownMib * MIB,
    external: 5 * MIB,
  }));
}

test('memory that comes back to its lows is flat, and growth of the lows is not, however large the saw is', () => {
  assert.deepEqual(
    trendsOf(hourOf(0), 0.1).map(({ isFlat }) => isFlat),
    [true, true, true],
  );
  assert.deepEqual(
    trendsOf(hourOf(10), 0.1).map(({ isFlat }) => isFlat),
    [true, false, true],
  );
  assert.deepEqual(trendsOf([], 0.1), []);
  const { memory } = CLEAN;
  assert.deepEqual(problems({ to: 3_600_000, memory: { ...memory, main: hourOf(10) } }), [
    'heap used, main thread: not flat',
  ]);
  assert.deepEqual(problems({ to: 3_600_000, memory: { ...memory, main: hourOf(1) } }), []);
});
