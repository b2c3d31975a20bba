import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { writeHeapSnapshot } from 'node:v8';
import { HeapGraph } from '../../soak/census/heap-graph.js';

class HeldByField {
  readonly name = 'field';
}
class HeldByTimer {
  readonly name = 'timer';
}
class HeldWeakly {
  readonly name = 'weak';
}

const folder = mkdtempSync(join(tmpdir(), 'heap-graph-'));
after(() => rmSync(folder, { recursive: true }));

function snapshot(): HeapGraph {
  const file = join(folder, 'heap');
  writeHeapSnapshot(file);
  return new HeapGraph(readFileSync(file, 'utf8'));
}

describe('the graph of a heap', () => {
  test('names what holds each object of a class, and passes over what is held weakly', async () => {
    const holder = { field: new HeldByField() };
    Object.assign(globalThis, { heapGraphTest: holder });
    const timer = armTimer();
    const weak = new WeakRef(makeWeak());
    // Until the end of the turn, the stack holds its target.
    await nextTurn();
    const graph = snapshot();
    clearTimeout(timer);
    const [byField = '', ...others] = graph.pathsTo('HeldByField');
    assert.deepEqual(others, []);
    assert.match(byField, /\.heapGraphTest → Object\.field → HeldByField$/);
    const [byTimer = ''] = graph.pathsTo('HeldByTimer');
    assert.match(byTimer, /Timeout\._onTimeout → .*\.held → HeldByTimer$/);
    assert.deepEqual(graph.pathsTo('HeldWeakly'), []);
    assert.ok(weak);
  });

  test('is refused for another file', () => {
    assert.throws(() => new HeapGraph('{"snapshot":{}}'), /no heap snapshot: it has no meta/);
    assert.throws(() => new HeapGraph('[]'), /it has no snapshot/);
  });
});

/** Of its own, because the stack holds what a function that runs has made. */
function armTimer(): NodeJS.Timeout {
  const held = new HeldByTimer();
  return setTimeout(() => void held.name, 60_000);
}

function makeWeak(): HeldWeakly {
  return new HeldWeakly();
}
