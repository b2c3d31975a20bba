import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { pino } from 'pino';
import type { Slot } from '../../../../src/dispatch/delivery.js';
import { SlotIndex } from '../../../../src/dispatch/slots/slot-index.js';
import { FakeFlow } from '../fake-flow.js';
import { makeSlot } from '../stepped-worker.js';

const ERROR = new Error('no database');

/** Two slots of one entry, and one of another. */
function open(): { index: SlotIndex; slots: readonly Slot[]; lines: string[]; note: (...slots: number[]) => void } {
  const lines: string[] = [];
  const logger = pino({ level: 'error' }, { write: (line) => void lines.push(line) });
  const slots = [0, 1, 2].map((slot) => makeSlot(slot, 0));
  const flows = [new FakeFlow(), new FakeFlow()];
  for (const [number, slot] of slots.entries()) slot.flow = flows[number < 2 ? 0 : 1];
  const index = new SlotIndex([{ slots: slots.slice(0, 2) }, { slots: slots.slice(2) }]);
  const note = (...failed: number[]): void => {
    const failures = failed.map((slot) => ({ slot, error: ERROR }));
    index.noteFailures(failures, logger);
  };
  return { index, slots, lines, note };
}

describe('an instance that cannot be created at the start', () => {
  test('is down and logged while its entry has another one', () => {
    const { index, slots, lines, note } = open();
    assert.equal(index.count, 3);
    note(1);
    assert.deepEqual(
      slots.map(({ isUp }) => isUp),
      [true, false, true],
    );
    assert.equal(lines.length, 1);
    assert.match(lines.join(''), /no database/);
  });

  test('prevents the start if its entry has no other', () => {
    const { note } = open();
    assert.throws(() => note(2), ERROR);
    assert.throws(() => note(0, 1), ERROR);
  });

  test('counts as created if it came up before the check, and an unknown slot is ignored', () => {
    const { slots, lines, note } = open();
    slots[2]?.goUp();
    note(2, 7);
    assert.deepEqual([slots[2]?.isUp, lines], [true, []]);
  });
});
