import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { pino } from 'pino';
import { LongRuns } from '../../../../src/dispatch/limits/long-runs.js';
import { type JsonRecord, parseRecord } from '../../../support/json-record.js';
import { Bench } from '../bench.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** So many slots on one thread, each with a running message, and a clock that the test moves. */
function open(slots = 1): { bench: Bench; longRuns: LongRuns; lines: JsonRecord[]; at: (ms: number) => void } {
  const lines: JsonRecord[] = [];
  const logger = pino(
    { level: 'info', base: null, timestamp: false },
    { write: (line) => void lines.push(parseRecord(line) ?? assert.fail(line)) },
  );
  const bench = new Bench(Array.from({ length: slots }, () => 0));
  const entry = { queue: 'mail', consumer: 'Email' };
  const startedAtMs = performance.now();
  let nowMs = startedAtMs;
  const longRuns = new LongRuns({ entry, slots: bench.slots, logger, nowMs: () => nowMs });
  bench.receive(slots);
  for (let slot = 0; slot < slots; slot++) bench.begin(slot);
  // The messages began a little after this clock.
  return { bench, longRuns, lines, at: (ms) => (nowMs = startedAtMs + ms + 1_000) };
}

const texts = (lines: readonly JsonRecord[]): unknown[] => lines.map(({ msg }) => msg);

describe('the lines about long runs', () => {
  test('come at 30 s, 1, 5, 15, 30 min and each hour, once each', () => {
    const { longRuns, lines, at } = open();
    for (let ms = 0; ms <= 3 * HOUR; ms += 5_000) {
      at(ms);
      longRuns.look();
    }
    const expected = ['30 s', '1 min', '5 min', '15 min', '30 min', '1 h', '2 h', '3 h'];
    assert.deepEqual(
      texts(lines),
      expected.map((span) => `running for ${span}`),
    );
  });

  test('name the message, its instance and its thread', () => {
    const { longRuns, lines, at } = open();
    at(31_000);
    longRuns.look();
    const { queue, consumer, instance, thread, deliveryTag, runningMs } = lines[0] ?? {};
    assert.deepEqual([queue, consumer, instance, thread, deliveryTag], ['mail', 'Email', 0, 0, 1]);
    assert.ok(Number(runningMs) > 30_000);
  });

  test('are no more than six at a time, however many messages are stuck', () => {
    const { longRuns, lines, at } = open(100);
    at(31_000);
    longRuns.look();
    assert.equal(lines.length, 6);
    assert.equal(lines.at(-1)?.['msg'], 'running for long: 95 more messages');
    at(36_000);
    longRuns.look();
    assert.equal(lines.length, 6);
    at(MINUTE);
    longRuns.look();
    assert.equal(lines.length, 12);
  });

  test('skip a step that passed between two looks', () => {
    const { longRuns, lines, at } = open();
    at(6 * MINUTE);
    longRuns.look();
    longRuns.look();
    assert.deepEqual(texts(lines), ['running for 6 min']);
  });

  test('leave out a message that ended while the main thread stalled', () => {
    const { bench, longRuns, lines, at } = open();
    const hear = bench.thread(0).end(0);
    at(HOUR);
    longRuns.look();
    assert.deepEqual([bench.tags(0), lines], [[1], []]);
    hear?.();
    assert.deepEqual(bench.tags(0), []);
  });

  test('stop with the message', () => {
    const { bench, longRuns, lines, at } = open();
    bench.finish(0);
    at(HOUR);
    longRuns.look();
    assert.deepEqual(lines, []);
  });
});
