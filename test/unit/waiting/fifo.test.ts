import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { inspect } from 'node:util';
import { Fifo } from '../../../src/waiting/index.js';
import { ownCollections } from '../../soak/census/holdings.js';
import { SeededRandom } from '../../support/seeded-random.js';

const STEPS = 20_000;

/** The same as a Fifo, in the plainest way. */
class Plain {
  items: string[] = [];

  remove(item: string): boolean {
    const index = this.items.lastIndexOf(item);
    if (index >= 0) this.items.splice(index, 1);
    return index >= 0;
  }
}

describe('a Fifo', () => {
  test('gives its items back in the order in which they came, however it has grown and shrunk', () => {
    const random = new SeededRandom(7);
    const [fifo, plain] = [new Fifo<string>(), new Plain()];
    for (let step = 0; step < STEPS; step++) {
      const item = `item ${step}`;
      // Longer and longer for a while, and then shorter.
      const pushes = step % 4_000 < 2_000 ? 6 : 3;
      if (random.below(10) < pushes) assert.equal(fifo.push(item), plain.items.push(item));
      else assert.equal(fifo.shift(), plain.items.shift());
      assert.equal(fifo.length, plain.items.length);
      assert.equal(fifo.first, plain.items[0]);
      if (step % 500 === 0) assert.deepEqual([...fifo], plain.items);
    }
  });

  test('lets go of any of them, and keeps the order of the others', () => {
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

  test('begins with what it is given, and is empty after all were taken', () => {
    const fifo = new Fifo(['a', 'b', 'c']);
    assert.deepEqual(fifo.take(), ['a', 'b', 'c']);
    assert.deepEqual([fifo.length, fifo.first, fifo.shift(), fifo.remove('a')], [0, undefined, undefined, false]);
    assert.equal(fifo.push('d'), 1);
    assert.deepEqual([...fifo], ['d']);
  });

  test('finds the first and the last that is meant', () => {
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

  test('that was very long once is small again when it is empty', () => {
    const fifo = new Fifo(Array.from({ length: 100_000 }, (_, index) => index));
    while (fifo.length > 0) fifo.shift();
    const [[, places] = ['', 0]] = ownCollections(fifo);
    assert.ok(places < 100, `${places} places`);
  });

  test('keeps nothing of what has left it', () => {
    const fifo = new Fifo(['item 1', 'item 2', 'item 3', 'item 4']);
    fifo.shift();
    fifo.remove('item 4');
    fifo.shift();
    fifo.shift();
    assert.doesNotMatch(inspect(fifo, { showHidden: true }), /item/);
  });
});
