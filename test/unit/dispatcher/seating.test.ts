import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { ConsumerConfig } from '../../../src/config/index.js';
import { seat } from '../../../src/dispatcher/seating.js';

function entry(name: string, consumerCount: number): ConsumerConfig {
  return {
    path: 'consumers[0]',
    position: { line: 1, column: 1 },
    consumer: `./workers.js:${name}`,
    reference: { module: './workers.js', exportName: name },
    name,
    queue: `queue of ${name}`,
    consumerCount,
    prefetchCount: consumerCount,
    onExhausted: 'dead_letter',
    maxDeaths: 3,
    shutdownTimeoutMs: 10_000,
    arguments: {},
    options: { a: 1 },
  };
}

describe('seating', () => {
  test('goes round about the threads, over all entries', () => {
    const [first, second] = seat([entry('A', 3), entry('B', 2)], 2, 'host-1');
    assert.deepEqual(
      first?.slots.map(({ thread }) => thread),
      [0, 1, 0],
    );
    assert.deepEqual(
      second?.slots.map(({ thread }) => thread),
      [1, 0],
    );
    assert.deepEqual(
      second?.slots.map(({ spec }) => spec.slot),
      [3, 4],
    );
    assert.deepEqual(
      second?.slots.map(({ spec }) => spec.instance),
      [0, 1],
    );
  });

  test('crowds no thread while another has less', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 6 }),
        fc.integer({ min: 1, max: 8 }),
        (counts, threads) => {
          const slots = seat(
            counts.map((count) => entry('A', count)),
            threads,
            'host',
          ).flatMap((seating) => seating.slots);
          const load = Array.from(
            { length: threads },
            (_, thread) => slots.filter((slot) => slot.thread === thread).length,
          );
          assert.ok(Math.max(...load) - Math.min(...load) <= 1, load.join());
          assert.deepEqual(
            slots.map(({ spec }) => spec.slot),
            [...slots.keys()],
          );
        },
      ),
    );
  });

  test('tells each slot all about its entry', () => {
    const [seating] = seat([entry('A', 1)], 1, 'host-1');
    assert.equal(seating?.consumerTag, 'A.0.host-1');
    assert.deepEqual(seating?.slots[0]?.spec, {
      slot: 0,
      reference: { module: './workers.js', exportName: 'A' },
      consumer: './workers.js:A',
      name: 'A',
      queue: 'queue of A',
      consumerTag: 'A.0.host-1',
      instance: 0,
      shutdownTimeoutMs: 10_000,
      options: { a: 1 },
    });
    assert.equal(seating?.slots[0]?.up, true);
  });

  test('gives entries of one class different tags', () => {
    const tags = seat([entry('A', 1), entry('A', 1)], 1, 'host').map(({ consumerTag }) => consumerTag);
    assert.equal(new Set(tags).size, 2);
  });

  test('keeps a consumer tag within the 255 bytes of AMQP, whatever the names are', () => {
    const name = fc
      .tuple(fc.constantFrom('a', 'é', '€', '😀'), fc.nat(300))
      .map(([letter, times]) => letter.repeat(times));
    fc.assert(
      fc.property(name, name, (consumer, connection) => {
        const [seating] = seat([entry(consumer, 1)], 1, connection);
        const tag = seating?.consumerTag ?? '';
        assert.ok(Buffer.byteLength(tag) <= 255, `${Buffer.byteLength(tag)} bytes`);
        const whole = `${consumer}.0.${connection}`;
        assert.ok(whole.startsWith(tag), 'a character was cut in the middle');
        assert.ok(Buffer.byteLength(tag) === Buffer.byteLength(whole) || Buffer.byteLength(tag) > 250);
      }),
    );
  });
});
