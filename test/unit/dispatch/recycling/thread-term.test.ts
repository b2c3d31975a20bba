import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Vitals } from '../../../../src/bridge/index.js';
import type { RecycleConfig } from '../../../../src/config/index.js';
import type { Slot } from '../../../../src/dispatch/delivery.js';
import { type ThreadTerm, termsOf } from '../../../../src/dispatch/recycling/thread-term.js';
import { layOutSlots } from '../../../../src/dispatch/slots/slot-layout.js';
import { consumerConfig } from '../consumer-config.js';

const never = (): number => 0;

/** The terms of entries with so many instances on shared threads, and all their slots. */
function terms(threads: number, ...entries: (RecycleConfig | undefined)[]): [readonly ThreadTerm[], readonly Slot[]] {
  const consumers = entries.map((recycle, index) => ({
    ...consumerConfig(`Q${index}`, 2),
    ...(recycle !== undefined && { recycle }),
  }));
  const layouts = layOutSlots(consumers, threads, 'host-1');
  return [termsOf(layouts), layouts.flatMap(({ slots }) => slots)];
}

function only(all: readonly ThreadTerm[]): ThreadTerm {
  const [term] = all;
  assert.ok(term !== undefined && all.length === 1);
  return term;
}

describe('the term of a worker thread', () => {
  test('applies only to threads that serve an entry with `recycle`', () => {
    const [some] = terms(4, undefined, { messages: 1 });
    assert.deepEqual(
      some.map(({ thread }) => thread),
      [2, 3],
    );
    assert.deepEqual(terms(2, undefined)[0], []);
  });

  test('ends when the instances of one entry have served the messages together', () => {
    const [all, slots] = terms(1, { messages: 5 }, undefined);
    const term = only(all);
    term.follow({ vitals: new Vitals() }, 0, never);
    const [first, second, other] = slots;
    assert.ok(first !== undefined && second !== undefined && other !== undefined);
    other.served = 100;
    first.served = 2;
    second.served = 2;
    assert.equal(term.reasonToGo(0), undefined);
    second.served = 3;
    assert.equal(term.reasonToGo(0), 'it has served 5 messages of "queue of Q0" (recycle.messages: 5)');
  });

  test('restarts with another session, after a replacement or a death', () => {
    const [all, slots] = terms(1, { messages: 5, ageMs: 1_000 });
    const term = only(all);
    term.follow({ vitals: new Vitals() }, 0, never);
    for (const slot of slots) slot.served = 5;
    assert.ok(term.reasonToGo(0) !== undefined);
    term.follow({ vitals: new Vitals() }, 900, never);
    assert.equal(term.reasonToGo(1_899), undefined);
    assert.equal(term.reasonToGo(1_900), 'it reached its maximum age (recycle.age: 1000 ms)');
  });

  test('ends at random up to a tenth before the maximum age', () => {
    const term = only(terms(1, { ageMs: 1_000 })[0]);
    term.follow({ vitals: new Vitals() }, 0, () => 1);
    assert.equal(term.reasonToGo(899), undefined);
    assert.ok(term.reasonToGo(900) !== undefined);
  });

  test('ends once the thread reports a heap above its limit', () => {
    const term = only(terms(1, { heapMb: 64 }, { heapMb: 32 })[0]);
    const vitals = new Vitals();
    term.follow({ vitals }, 0, never);
    const mib = 1024 * 1024;
    const figures = { used: 30 * mib, limit: 512 * mib, external: 10 * mib };
    vitals.note({ ...figures, overLimit: 0 });
    assert.equal(term.reasonToGo(0), undefined);
    vitals.note({ ...figures, overLimit: 36 * mib });
    assert.equal(term.reasonToGo(0), 'it uses 36 MiB after a full garbage collection (recycle.heap_mb: 32)');
  });
});
