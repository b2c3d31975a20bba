import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { inspect } from 'node:util';
import { Fifo } from '../../../src/timing/index.js';
import { ownCollections } from '../../soak/census/holdings.js';
import { SeededRandom } from '../../support/seeded-random.js';

const STEPS = 20_000;

/** A plain model of Fifo. */
class Plain {
  items: string[] = [];

  remove(item: string): boolean {
    const index = this.items.lastIndexOf(item);
    if (index >= 0) this.items.splice(index, 1);
    return index >= 0;
  }
}

describe('a Fifo', () => {
  test('returns items in order of arrival, however it grows and shrinks', () => {
    const random = new SeededRandom(7);
    const [fifo, plain] = [new Fifo<string>(), new Plain()];
    for (let step = 0; step < STEPS; step++) {
      const item = `item ${step}`;
      // Grows for a while, then shrinks.
      const pushes = step % 4_000 < 2_000 ? 6 : 3;
      if (random.below(10) < pushes) assert.equal(fifo.push(item), plain.items.push(item));
      else assert.equal(fifo.shift(), plain.items.shift());
      assert.equal(fifo.length, plain.items.length);
      assert.equal(fifo.first, plain.items[0]);
      if (step % 500 === 0) assert.deepEqual([...fifo], plain.items);
    }
  });

  test('removes any item and keeps the order of the others', () => {
    const random = new SeededRandom(11);
    const [fifo, plain] = [new Fifo<string>(), new Plain()];
    for (let step = 0; step < STEPS; step++) {
      const item = `item ${step}`;
      if (plain.items.length < 20 || random.below(2) === 0) {
        fifo.push(item);
        plain.items.push(item);
      } else {
        const gone = random.below(8) === 0 ? 'nobody' : random.of(plain.items);
        assert.equal(fifo.remove(gone), plain.remove(gone));
      }
      if (plain.items.length > 40) assert.equal(fifo.shift(), plain.items.shift());
      assert.deepEqual([...fifo], plain.items);
    }
  });

  test('starts with the given items, and is empty after take', () => {
    const fifo = new Fifo(['a', 'b', 'c']);
    assert.deepEqual(fifo.take(), ['a', 'b', 'c']);
    assert.deepEqual([fifo.length, fifo.first, fifo.shift(), fifo.remove('a')], [0, undefined, undefined, false]);
    assert.equal(fifo.push('d'), 1);
    assert.deepEqual([...fifo], ['d']);
  });

  test('finds the oldest and the newest match', () => {
    const fifo = new Fifo(['a', 'ab', 'b', 'ba']);
    fifo.shift();
    assert.equal(
      fifo.find((item) => item.startsWith('b')),
      'b',
    );
    assert.equal(
      fifo.findLast((item) => item.includes('b')),
      'ba',
    );
    assert.equal(
      fifo.find((item) => item === 'a'),
      undefined,
    );
    assert.equal(
      fifo.findLast((item) => item === 'a'),
      undefined,
    );
  });

  test('shrinks when it is empty after a burst', () => {
    const fifo = new Fifo(Array.from({ length: 100_000 }, (_, index) => index));
    while (fifo.length > 0) fifo.shift();
    const [[, places] = ['', 0]] = ownCollections(fifo);
    assert.ok(places < 100, `${places} places`);
  });

  test('keeps no reference to removed items', () => {
    const fifo = new Fifo(['item 1', 'item 2', 'item 3', 'item 4']);
    fifo.shift();
    fifo.remove('item 4');
    fifo.shift();
    fifo.shift();
    assert.doesNotMatch(inspect(fifo, { showHidden: true }), /item/);
  });
});
