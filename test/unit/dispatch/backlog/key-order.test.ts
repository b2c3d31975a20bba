import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { inspect } from 'node:util';
import type { ReceivedMessage } from '../../../../src/amqp/index.js';
import type { BacklogPorts } from '../../../../src/dispatch/backlog/backlog.js';
import { KeyOrder } from '../../../../src/dispatch/backlog/key-order.js';
import { keyReader } from '../../../../src/dispatch/backlog/partition-key.js';
import type { Delivery, Slot } from '../../../../src/dispatch/delivery.js';
import { WINDOW } from '../../../../src/dispatch/delivery.js';
import { RateLimit } from '../../../../src/dispatch/limits/rate-limit.js';
import { Bench } from '../bench.js';
import { makeMessage } from '../fake-epoch.js';
import { makeDelivery } from '../fake-flow.js';
import { makeSlot } from '../stepped-worker.js';

const ROUTING_KEY = keyReader({ kind: 'routing_key' });
/** The routing key as key; none if empty. */
const keyOf = (message: ReceivedMessage): string | undefined => ROUTING_KEY(message) || undefined;

function bench(slots: number): Bench {
  return new Bench(
    Array.from({ length: slots }, (_, thread) => thread),
    { keyOf },
  );
}

const many = (key: string, count: number): string[] => Array.from({ length: count }, () => key);

const tags = (at: Bench): number[][] =>
  at.slots.map(({ handed }) => [...handed].map(({ message }) => message.deliveryTag));

function work(at: Bench, slot: number): number | undefined {
  const tag = at.begin(slot)?.message.deliveryTag;
  at.finish(slot);
  return tag;
}

/** Tells the windows how long the consumer takes for a message. */
function takeEach({ slots }: Bench, ms: number): void {
  for (const { window } of slots) for (let left = 20; left > 0; left--) window.note(ms, 1);
}

describe('deliveries by key', () => {
  test('of one key go to one slot, and new keys go to the slot with the least work', () => {
    const at = bench(2);
    at.receiveKeys('a', 'b', 'a', 'a', 'b', 'c');
    assert.deepEqual(tags(at), [
      [1, 3, 4],
      [2, 5, 6],
    ]);
  });

  test('without a key go to any free slot', () => {
    const at = bench(3);
    at.receiveKeys('', '', '', '');
    assert.deepEqual(tags(at), [[1, 4], [2], [3]]);
  });

  test('of a busy key fill the window of their slot only, and other keys go on', () => {
    const at = bench(2);
    at.receiveKeys(...many('hot', 1_000), 'a', 'b');
    assert.deepEqual(
      tags(at).map(({ length }) => length),
      [WINDOW, 2],
    );
    assert.deepEqual(at.tags(1), [1_001, 1_002]);
    assert.deepEqual([work(at, 1), work(at, 1), work(at, 0), work(at, 0)], [1_001, 1_002, 1, 2]);
    // Its next deliveries follow without a pause.
    assert.equal(at.tags(0).length, WINDOW);
    assert.deepEqual(at.tags(1), []);
  });

  test('of a busy key leave room for other keys first', () => {
    const at = bench(1);
    takeEach(at, 100);
    at.receiveKeys(...many('hot', 5), 'a', 'b');
    const order = Array.from({ length: 7 }, () => work(at, 0));
    // Delivery 2 was already handed over.
    assert.deepEqual(order, [1, 2, 6, 7, 3, 4, 5]);
  });

  test('move to another slot once nothing of their key is on the old one', () => {
    const at = bench(2);
    at.receiveKeys('a', 'b', 'b');
    work(at, 0);
    at.receiveKeys('c', 'a');
    assert.deepEqual(tags(at), [
      [4, 5],
      [2, 3],
    ]);
  });

  test('of two busy keys on one slot are separated when another slot is idle', () => {
    const at = bench(2);
    at.flow.slotDown(at.slot(1));
    takeEach(at, 3);
    at.receiveKeys('a', 'b', 'a', 'b', 'a', 'b');
    assert.deepEqual(tags(at), [[1, 2, 3], []]);
    at.begin(0);
    const hear = at.thread(0).end(0);
    at.begin(0);
    // The first is done and the second runs, which the main thread does not know yet, so it cannot be stolen.
    at.flow.slotUp(at.slot(1));
    hear?.();
    assert.deepEqual(tags(at), [[2, 3], []]);
    at.finish(0);
    assert.deepEqual(tags(at), [
      [3, 5],
      [4, 6],
    ]);
  });

  test('are stolen by an idle slot as whole keys', () => {
    const at = bench(2);
    at.receiveKeys('a', 'b', 'b', 'b', 'c', 'd', 'c', 'd');
    assert.deepEqual(tags(at), [
      [1, 5, 6, 7, 8],
      [2, 3, 4],
    ]);
    at.begin(0);
    for (let left = 3; left > 0; left--) work(at, 1);
    assert.deepEqual(tags(at), [
      [1, 5, 7],
      [6, 8],
    ]);
  });

  test('of the only key of a slot are not stolen', () => {
    const at = bench(2);
    at.receiveKeys(...many('hot', 20), 'a');
    at.begin(0);
    work(at, 1);
    assert.equal(at.tags(0).length, 20);
    assert.ok(!at.events.some((event) => event.startsWith('revoked ')));
  });

  test('that were revoked go ahead of waiting ones, in order', () => {
    const at = bench(1);
    takeEach(at, 100);
    at.receiveKeys('a', 'b', 'c', 'a', 'a');
    work(at, 0);
    assert.deepEqual(tags(at), [[2, 3]]);
    at.receiveKeys('b');
    at.flow.slotDown(at.slot(0));
    at.flow.slotUp(at.slot(0));
    assert.deepEqual(
      Array.from({ length: 5 }, () => work(at, 0)),
      [2, 3, 4, 6, 5],
    );
  });

  test('wait for a running delivery of their key that was lost with its channel', () => {
    const at = bench(2);
    at.receiveKeys('a', 'a');
    at.begin(0);
    at.loseChannel();
    at.receiveKeys('a');
    assert.deepEqual(at.begin(1), undefined);
    at.finish(0);
    assert.equal(work(at, 0), 3);
  });

  test('that had not begun on a dead thread wait again at the front, and are not returned', () => {
    const at = bench(2);
    at.receiveKeys('a', 'b', 'c', 'a', 'c', 'c');
    at.begin(0);
    at.die(0);
    at.receiveKeys('c', 'a');
    assert.deepEqual(at.tags(1), [2, 3, 4, 5, 6, 7, 8]);
    assert.deepEqual([...at.epoch.answers], [[1, 'rejectRequeue']]);
  });

  test('respect the rate limit, and those above it wait', () => {
    let nowMs = 0;
    const at = new Bench([0, 1], { keyOf, rateLimit: new RateLimit(10, () => nowMs) });
    at.receiveKeys('a', 'a', 'b', 'c');
    const begun = at.slots.reduce((sum, { handed }) => sum + handed.length, 0);
    assert.equal(begun, 1);
    nowMs += 100;
    work(at, 0);
    assert.deepEqual(tags(at), [[3], []]);
    void at.flow.drain();
  });

  test('are released by a stop in order of arrival', () => {
    const at = bench(2);
    takeEach(at, 100);
    at.receiveKeys('a', 'b', 'a', 'b', 'a', '', 'b', '', 'c', 'a');
    at.begin(0);
    at.begin(1);
    void at.flow.drain();
    assert.deepEqual([...at.epoch.answers.keys()], [3, 4, 5, 6, 7, 8, 9, 10]);
  });

  test('of one key that wait for each other request no more from the broker', () => {
    const at = bench(2);
    takeEach(at, 100);
    at.receiveKeys('a', 'a', 'a');
    assert.equal(at.flow.wantsDeliveries, false);
    for (let left = 3; left > 0; left--) work(at, 0);
    assert.equal(at.flow.wantsDeliveries, true);
  });
});

function delivery(tag: number, key: string): Delivery {
  return makeDelivery({ message: makeMessage(tag, key) });
}

/** The requests of an order, with one slot, without its thread. */
function portsTo(slot: Slot): BacklogPorts {
  return {
    slots: [slot],
    leastBusy: () => (slot.hasRoom ? slot : undefined),
    offer: (handed) => void slot.handed.push(handed),
    isAllowed: () => true,
  };
}

describe('the state of a key', () => {
  test('is dropped with its last delivery, whether it ended, waited, or was revoked', () => {
    const slot = makeSlot(0, 0);
    const backlog = new KeyOrder(portsTo(slot), keyOf);
    const nothing = inspect(backlog, { depth: 1 });
    for (let tag = 1; tag <= 3_000; tag++) backlog.add(delivery(tag, tag % 3 === 0 ? '' : `key ${tag % 1_000}`));
    assert.equal(backlog.isEmpty, false);
    const [taken] = slot.handed;
    assert.ok(taken !== undefined);
    slot.handed.shift();
    backlog.left(taken);
    backlog.putBack([taken]);
    for (let next = slot.handed.shift(); next !== undefined; next = slot.handed.shift()) backlog.left(next);
    assert.equal(backlog.remove(() => true).length, 3_000 - slot.window.size + 1);
    // Revoked deliveries are checked at the next handover.
    slot.handed.take();
    backlog.hand();
    assert.ok(backlog.isEmpty);
    assert.equal(inspect(backlog, { depth: 1 }), nothing);
  });

  test('is read once per delivery, so that waiting deliveries stay cheap', () => {
    let reads = 0;
    const slot = makeSlot(0, 0);
    const backlog = new KeyOrder(portsTo(slot), (message) => {
      reads++;
      return ROUTING_KEY(message);
    });
    for (let tag = 1; tag <= 2_000; tag++) backlog.add(delivery(tag, `key ${tag % 7}`));
    for (let next = slot.handed.shift(); next !== undefined; next = slot.handed.shift()) {
      backlog.left(next);
      backlog.hand();
    }
    assert.ok(backlog.isEmpty);
    assert.equal(reads, 2_000);
  });
});
