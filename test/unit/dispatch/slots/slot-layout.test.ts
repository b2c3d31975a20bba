import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { threadGroups } from '../../../../src/daemon/thread-groups.js';
import { layOutSlots } from '../../../../src/dispatch/slots/slot-layout.js';
import { consumerConfig } from '../consumer-config.js';

describe('the layout of slots', () => {
  test('assigns threads in turn, over all entries', () => {
    const [first, second] = layOutSlots([consumerConfig('A', 3), consumerConfig('B', 2)], 2, 'host-1');
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

  test('overloads no thread while another has less', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 6 }),
        fc.integer({ min: 1, max: 8 }),
        (counts, threads) => {
          const slots = layOutSlots(
            counts.map((count) => consumerConfig('A', count)),
            threads,
            'host',
          ).flatMap((layout) => layout.slots);
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

  test('gives each slot all data of its entry', () => {
    const [layout] = layOutSlots([consumerConfig('A', 1)], 1, 'host-1');
    assert.equal(layout?.consumerTag, 'A.0.host-1');
    assert.deepEqual(layout?.slots[0]?.spec, {
      slot: 0,
      path: 'consumers[0]',
      reference: { module: './workers.js', exportName: 'A' },
      consumer: './workers.js:A',
      name: 'A',
      queue: 'queue of A',
      consumerTag: 'A.0.host-1',
      instance: 0,
      shutdownTimeoutMs: 10_000,
      options: { a: 1 },
      optionPlaces: { '["options"]': 'config.yml:1:1  options', '["options","a"]': 'config.yml:1:1  options.a' },
      middleware: [{ module: './mw.js', exportName: 'mw', place: 'config.yml:1:1  p' }],
    });
    assert.equal(layout?.slots[0]?.isUp, true);
  });

  test('gives entries of one class different tags', () => {
    const tags = layOutSlots([consumerConfig('A', 1), consumerConfig('A', 1)], 1, 'host').map(
      ({ consumerTag }) => consumerTag,
    );
    assert.equal(new Set(tags).size, 2);
  });

  test('limits a consumer tag to the 255 bytes of AMQP, whatever the names are', () => {
    const name = fc
      .tuple(fc.constantFrom('a', 'é', '€', '😀'), fc.nat(300))
      .map(([letter, times]) => letter.repeat(times));
    fc.assert(
      fc.property(name, name, (consumer, connection) => {
        const [layout] = layOutSlots([consumerConfig(consumer, 1)], 1, connection);
        const tag = layout?.consumerTag ?? '';
        assert.ok(Buffer.byteLength(tag) <= 255, `${Buffer.byteLength(tag)} bytes`);
        const whole = `${consumer}.0.${connection}`;
        assert.ok(whole.startsWith(tag), 'a character was cut in the middle');
        assert.ok(Buffer.byteLength(tag) === Buffer.byteLength(whole) || Buffer.byteLength(tag) > 250);
      }),
    );
  });

  test('gives an entry with dedicated threads only those, numbered after the shared ones', () => {
    const layouts = layOutSlots(
      [consumerConfig('A', 2), { ...consumerConfig('B', 3), threads: 2 }, consumerConfig('C', 1)],
      2,
      'host-1',
    );
    assert.deepEqual(
      layouts.map(({ slots }) => slots.map(({ thread }) => thread)),
      [[0, 1], [2, 3, 2], [0]],
    );
    const groups = threadGroups(layouts, 2, { stackSizeMb: 4, nice: 5 });
    assert.deepEqual(
      groups.map(({ threads }) => threads.map(({ slots }) => slots.map(({ spec }) => spec.slot))),
      [
        [[0, 5], [1]],
        [[2, 4], [3]],
      ],
    );
    assert.deepEqual(
      groups.map(({ resourceLimits, nice }) => [resourceLimits, nice]),
      [
        [{ stackSizeMb: 4 }, 5],
        [{}, undefined],
      ],
    );
  });

  test('has no shared threads when each entry has its own', () => {
    const own = { ...consumerConfig('A', 1), threads: 1, recycle: { heapMb: 100 } };
    const groups = threadGroups(layOutSlots([own], 8, 'host-1'), 8, {});
    assert.deepEqual(
      groups.map(({ threads }) => threads.map(({ heapMb }) => heapMb)),
      [[100]],
    );
  });
});
