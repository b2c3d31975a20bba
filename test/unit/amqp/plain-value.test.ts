import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { describe, test } from 'node:test';
import { flawOf } from '../../../src/amqp/index.js';

describe('a check of an object to send', () => {
  test('reports objects that JSON and header tables would show as empty', () => {
    const flawed: readonly (readonly [object, RegExp])[] = [
      [Promise.resolve(1), /^a Promise \(await it first\)$/],
      // oxlint-disable-next-line unicorn/no-thenable -- query builders are such
      [{ then: () => undefined }, /^a Promise/],
      [new Map(), /^a Map \(use Object\.fromEntries\(map\)\)$/],
      [new Set(), /^a Set \(use \[\.\.\.set\]\)$/],
      [new WeakMap(), /^a WeakMap/],
      [new WeakSet(), /^a WeakSet/],
      [new Blob(['x']), /^a Blob \(use Buffer\.from\(await value\.arrayBuffer\(\)\)\)$/],
      [new Response('x'), /^a Response/],
      [Readable.from(['x']), /^a stream \(collect it first\)$/],
      [new Blob(['x']).stream(), /^a stream/],
      [new URLSearchParams('a=1'), /^an? URLSearchParams \(use \[\.\.\.value\]/],
      [new FormData(), /FormData/],
      [new Map([[1, 2]]).entries(), /\(use \[\.\.\.value\]/],
    ];
    for (const [value, expected] of flawed) assert.match(String(flawOf(value)), expected);
  });

  test('accepts plain objects, lists, and objects that define their own JSON', () => {
    class Money {
      readonly cents = 5;
    }
    class Bag {
      *[Symbol.iterator](): Generator<number> {
        yield 1;
      }
      toJSON(): number[] {
        return [...this];
      }
    }
    for (const value of [{}, [], Object.create(null), new Money(), new Bag(), new Date(), new URL('http://a/')]) {
      assert.equal(flawOf(value), undefined);
    }
  });
});
