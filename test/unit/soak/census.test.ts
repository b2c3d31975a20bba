import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { test } from 'node:test';
import { BackOff } from '../../../src/timing/index.js';
import { type Counts, takeCensus } from '../../soak/census/census.js';
import { excess } from '../../soak/census/census-tolerance.js';

/** The increase of a count by an action. */
function grownBy(act: () => unknown): (name: string) => number {
  takeCensus(); // the first census creates objects of its own
  const before = takeCensus();
  const kept = act();
  const after = takeCensus();
  assert.ok(kept !== null); // alive until here
  return (name) => (after[name] ?? 0) - (before[name] ?? 0);
}

test('a census counts living objects with the entries of their collections, and no collected ones', () => {
  const grown = grownBy(() => {
    const backOff = new BackOff({ firstMs: 1, longestMs: 1 }, Math.random);
    return Object.assign(backOff, { waiting: [1, 2, 3], asked: new Map([[1, 1]]) });
  });
  assert.deepEqual([grown('BackOff'), grown('BackOff.waiting'), grown('BackOff.asked')], [1, 3, 1]);
  assert.equal(grownBy(() => void new BackOff({ firstMs: 1, longestMs: 1 }, Math.random))('BackOff'), 0);
});

test('a census counts listeners of signals and emitters, and dependent signals', () => {
  const { signal } = new AbortController();
  const emitter = new EventEmitter();
  const grown = grownBy(() => {
    for (let count = 0; count < 3; count += 1) signal.addEventListener('abort', () => count);
    for (let count = 0; count < 4; count += 1) emitter.on('told', () => count);
    return [signal, emitter];
  });
  assert.deepEqual([grown('EventTarget listeners'), grown('EventEmitter listeners')], [3, 4]);
  const followed = grownBy(() => {
    const follower = AbortSignal.any([signal]);
    // On Node.js 24 it depends on the other only once it has a listener.
    follower.addEventListener('abort', () => {});
    return [signal, follower];
  });
  assert.equal(followed('AbortSignal followers'), 1);
});

test('only counts above the tolerance are in excess', () => {
  const before: Counts = { Socket: 2, Function: 100, Timeout: 5 };
  assert.deepEqual(excess(before, { Socket: 3, Function: 120, Timeout: 4 }), [{ name: 'Socket', before: 2, after: 3 }]);
  assert.deepEqual(excess(before, { ...before, Heart: 1 }), [{ name: 'Heart', before: 0, after: 1 }]);
});
