import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { pino } from 'pino';
import { labelsOf } from '../../../src/metrics/holdings.js';
import { Summary } from '../../../src/metrics/summary.js';
import { type JsonRecord, parseRecord } from '../../support/json-record.js';
import { Bench } from '../dispatch/bench.js';
import { observedEntry } from './observed-entry.js';

/** A flow with one slot, and the lines of its summary. */
function open(everyMs = 60_000): { bench: Bench; summary: Summary; lines: JsonRecord[]; at: (ms: number) => void } {
  const lines: JsonRecord[] = [];
  const logger = pino(
    { level: 'info', base: null, timestamp: false },
    { write: (line) => void lines.push(parseRecord(line) ?? assert.fail(line)) },
  );
  const bench = new Bench([0], { outcomeOf: () => ({ kind: 'requeued' }) });
  const entry = observedEntry(bench, () => 0);
  let nowMs = performance.now();
  const summary = new Summary({ entries: [entry], logger, everyMs, nowMs: () => nowMs });
  return { bench, summary, lines, at: (ms) => (nowMs = performance.now() + ms) };
}

describe('the summary', () => {
  test('says what the entry did since the last one, and what it holds', () => {
    const { bench, summary, lines, at } = open();
    bench.receive(5);
    bench.begin(0);
    bench.finish(0);
    bench.begin(0);
    bench.fail(0);
    bench.slot(0).goUp();
    bench.begin(0);
    at(35_000);
    summary.write();
    assert.deepEqual(lines[0]?.['msg'], '1 done, 1 failed, 1 running (oldest 35 s), 2 waiting');
    const { queue, consumer, done, failed, running, waiting } = lines[0] ?? {};
    assert.deepEqual([queue, consumer, done, failed, running, waiting], ['mail', 'Email', 1, 1, 1, 2]);
    bench.finish(0);
    summary.write();
    assert.equal(lines[1]?.['msg'], '1 done, 0 failed, 0 running, 2 waiting');
  });

  test('has no line for an entry that did nothing and holds nothing', () => {
    const { bench, summary, lines } = open();
    summary.write();
    bench.receive();
    bench.begin(0);
    bench.finish(0);
    summary.write();
    summary.write();
    assert.deepEqual(
      lines.map(({ msg }) => msg),
      ['1 done, 0 failed, 0 running, 0 waiting'],
    );
  });

  test('does not count messages as done that a stop gave back, or that were lost', () => {
    const { bench, summary, lines } = open();
    bench.receive(3);
    bench.begin(0);
    void bench.flow.drain();
    bench.loseChannel();
    bench.finish(0);
    summary.write();
    assert.deepEqual(lines, []);
  });

  test('comes each period until it stops, and never with the period 0', (t) => {
    t.mock.timers.enable({ apis: ['setInterval'] });
    for (const [everyMs, count] of [
      [1_000, 2],
      [0, 0],
    ] as const) {
      const { bench, summary, lines } = open(everyMs);
      bench.receive();
      summary.start();
      t.mock.timers.tick(2_500);
      summary.stop();
      t.mock.timers.tick(2_500);
      assert.equal(lines.length, count);
    }
  });
});

test('the labels of entries tell those of one class on one queue apart', () => {
  assert.deepEqual(labelsOf(named('a', 'Email', 'Email', 'Audit', 'Email')), ['Email', 'Email#2', 'Audit', 'Email#3']);
  assert.deepEqual(labelsOf(named('a', 'Email', 'Email#2', 'Email')), ['Email', 'Email#2', 'Email#3']);
  assert.deepEqual(labelsOf([...named('a', 'Email'), ...named('b', 'Email')]), ['Email', 'Email']);
});

function named(queue: string, ...names: readonly string[]): { queue: string; name: string }[] {
  return names.map((name) => ({ queue, name }));
}
