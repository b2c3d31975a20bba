import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Delivery } from '../../../src/dispatch/delivery.js';
import { FakeEpoch, makeMessage } from './fake-epoch.js';
import { FakeFlow, makeDelivery } from './fake-flow.js';
import { makeSlot, SteppedWorker } from './stepped-worker.js';

function open(): { delivery: Delivery; epoch: FakeEpoch; events: readonly string[] } {
  const epoch = new FakeEpoch();
  const flow = new FakeFlow();
  return { delivery: makeDelivery({ message: makeMessage(7), epoch, flow }), epoch, events: flow.events };
}

describe('a delivery', () => {
  test('sends its first answer and no other', () => {
    const { delivery, epoch, events } = open();
    delivery.settle('nackDrop');
    delivery.settle('ack');
    assert.deepEqual([...epoch.answers], [[7, 'nackDrop']]);
    assert.deepEqual(events, ['answered nackDrop']);
    assert.equal(delivery.state, 'settled');
  });

  test('sends nothing once it is lost', () => {
    const { delivery, epoch, events } = open();
    delivery.lose('gone');
    delivery.lose('gone again');
    delivery.settle('ack');
    assert.equal(epoch.answers.size, 0);
    assert.deepEqual(events, ['lost: gone']);
  });

  test('is lost when its channel no longer accepts the answer', () => {
    const { delivery, epoch, events } = open();
    epoch.isOpen = false;
    delivery.settle('ack');
    assert.equal(delivery.state, 'lost');
    assert.deepEqual(events, ['lost: its channel closed before the answer could be sent']);
  });

  test('is not lost once it was answered', () => {
    const { delivery, events } = open();
    delivery.settle('ack');
    delivery.lose('gone');
    assert.equal(delivery.state, 'settled');
    assert.deepEqual(events, ['answered ack']);
  });
});

describe('a slot', () => {
  test('holds a delivery from its handover until it is revoked, which is impossible once it began', () => {
    const slot = makeSlot(0, 0);
    const worker = new SteppedWorker([slot]);
    const [first, second] = [makeDelivery(), makeDelivery()];
    for (const delivery of [first, second]) slot.take(delivery, 5);
    assert.deepEqual([second.slot, second.state, second.handedAtMs, second.place], [slot, 'handed', 5, 2]);
    assert.equal(worker.begin(0), first);
    assert.deepEqual([slot.hasBegun(first), slot.isOffered(second)], [true, true]);
    assert.deepEqual([slot.revoke(first), slot.revoke(second)], [false, true]);
    assert.deepEqual([...slot.handed], [first]);
    assert.equal(second.claim, undefined);
  });

  test('reports the deliveries that it held when its thread died, and no others', () => {
    const slots = [makeSlot(0, 0), makeSlot(1, 0)];
    const worker = new SteppedWorker(slots);
    const flow = new FakeFlow();
    const told: unknown[] = [];
    flow.slotDied = (slot?: unknown, orphans?: readonly { readonly delivery: Delivery }[]): void => {
      told.push([slot, orphans?.map(({ delivery }) => delivery)]);
    };
    const deliveries = slots.map((slot) => {
      const delivery = makeDelivery();
      slot.flow = flow;
      slot.take(delivery, 0);
      return delivery;
    });
    const orphans = worker.die();
    for (const slot of slots) slot.threadDied(orphans, new Error('died'));
    assert.deepEqual(
      told,
      slots.map((slot, index) => [slot, [deliveries[index]]]),
    );
  });

  test('without a thread takes nothing', () => {
    assert.throws(() => makeSlot(3, 0).take(makeDelivery(), 0), { name: 'RangeError', message: /slot 3/ });
  });
});
