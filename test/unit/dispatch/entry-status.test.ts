import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type EntryLoad, loadOf, runningOn } from '../../../src/dispatch/entry-status.js';
import { holdingsOf } from '../../../src/metrics/holdings.js';
import { observedEntry } from '../metrics/observed-entry.js';
import { Bench } from './bench.js';

const nowMs = (): number => performance.now() + 60_000;

function load({ slots }: Bench): Pick<EntryLoad, 'busy' | 'running' | 'open'> {
  const { busy, running, open } = loadOf(slots, nowMs());
  return { busy, running, open };
}

function runningTags({ slots }: Bench): number[] {
  return runningOn(slots, nowMs()).map(({ delivery }) => delivery.message.deliveryTag);
}

describe('the load of an entry', () => {
  test('has a running message from its begin to the end of its consume, heard or not', () => {
    const bench = new Bench([0]);
    bench.receive(2);
    assert.deepEqual([load(bench), runningTags(bench)], [{ busy: 0, running: 0, open: 0 }, []]);
    bench.begin(0);
    assert.deepEqual([load(bench), runningTags(bench)], [{ busy: 1, running: 1, open: 1 }, [1]]);
    assert.ok(loadOf(bench.slots, nowMs()).oldestMs >= 60_000);
    const hear = bench.thread(0).end(0);
    assert.deepEqual([load(bench), runningTags(bench)], [{ busy: 0, running: 0, open: 1 }, []]);
    assert.deepEqual([loadOf(bench.slots, nowMs()).oldestMs, bench.tags(0)], [0, [1, 2]]);
    hear?.();
    assert.deepEqual([load(bench), bench.tags(0)], [{ busy: 0, running: 0, open: 0 }, [2]]);
  });

  test('counts the next message while the end of the one before is on its way', () => {
    const bench = new Bench([0, 0]);
    const byThread = new Map<number, number>();
    bench.receive(4);
    bench.begin(0);
    bench.begin(1);
    bench.thread(0).end(0);
    bench.begin(0);
    assert.deepEqual(load(bench), { busy: 2, running: 2, open: 3 });
    assert.deepEqual(runningTags(bench), [2, 3]);
    loadOf(bench.slots, nowMs(), byThread);
    assert.deepEqual(byThread, new Map([[0, 2]]));
  });

  test('has a message that runs on after its answer', () => {
    const bench = new Bench([0]);
    bench.receive();
    bench.begin(0);
    bench.answer(0, 'ack');
    assert.deepEqual([load(bench), runningTags(bench)], [{ busy: 1, running: 1, open: 0 }, [1]]);
  });

  test('has all messages of a batch, answered or not, until its consume has ended', () => {
    const bench = new Bench([0], { batch: { size: 3, waitMs: 100, goesAlone: () => false } });
    bench.receive(3);
    bench.beginNext(0);
    bench.answer(0, 'ack');
    assert.deepEqual([load(bench), runningTags(bench)], [{ busy: 1, running: 3, open: 2 }, [1, 2, 3]]);
    bench.thread(0).end(0);
    assert.deepEqual([load(bench), runningTags(bench)], [{ busy: 0, running: 0, open: 2 }, []]);
  });

  test('has the next message that uses the memory of an ended one', () => {
    const bench = new Bench([0]);
    for (let left = 3; left > 0; left--) {
      bench.receive();
      bench.begin(0);
      assert.deepEqual(load(bench), { busy: 1, running: 1, open: 1 });
      bench.finish(0);
    }
  });
});

describe('the holdings of an entry', () => {
  test('have an ended message as unanswered, and not as waiting, until the main thread hears of its end', () => {
    const bench = new Bench([0]);
    const entry = observedEntry(bench, nowMs);
    const holdings = (): readonly number[] => {
      const { running, waiting, unanswered } = holdingsOf(entry, nowMs());
      return [running, waiting, unanswered];
    };
    bench.receive(3);
    bench.begin(0);
    assert.deepEqual(holdings(), [1, 2, 3]);
    const hear = bench.thread(0).end(0);
    assert.deepEqual(holdings(), [0, 2, 3]);
    hear?.();
    assert.deepEqual(holdings(), [0, 2, 2]);
  });
});
