import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Delivery } from '../../../src/dispatcher/delivery.js';
import { DeliveryFeed } from '../../../src/dispatcher/delivery-events.js';
import { Settlement } from '../../../src/dispatcher/settlement.js';
import { FakeEpoch, makeMessage } from './fake-epoch.js';

function open(): { settlement: Settlement; delivery: Delivery; epoch: FakeEpoch; events: string[] } {
  const feed = new DeliveryFeed();
  const events: string[] = [];
  feed.answered.on(({ answer }) => events.push(`answered ${answer}`));
  feed.lost.on(({ reason }) => events.push(`lost: ${reason}`));
  const epoch = new FakeEpoch();
  const delivery: Delivery = {
    message: makeMessage(7),
    epoch,
    state: 'handed',
    receivedAtMs: 0,
    isAllowed: true,
    handedTo: undefined,
  };
  return { settlement: new Settlement(feed), delivery, epoch, events };
}

describe('the settlement', () => {
  test('sends the first answer and no other', () => {
    const { settlement, delivery, epoch, events } = open();
    settlement.settle(delivery, 'nackDrop');
    settlement.settle(delivery, 'ack');
    assert.deepEqual([...epoch.answers], [[7, 'nackDrop']]);
    assert.deepEqual(events, ['answered nackDrop']);
    assert.equal(delivery.state, 'settled');
  });

  test('sends nothing for a delivery that is lost', () => {
    const { settlement, delivery, epoch, events } = open();
    settlement.lose(delivery, 'gone');
    settlement.lose(delivery, 'gone again');
    settlement.settle(delivery, 'ack');
    assert.equal(epoch.answers.size, 0);
    assert.deepEqual(events, ['lost: gone']);
  });

  test('takes a delivery for lost when its channel takes the answer no more', () => {
    const { settlement, delivery, epoch, events } = open();
    epoch.isOpen = false;
    settlement.settle(delivery, 'ack');
    assert.equal(delivery.state, 'lost');
    assert.deepEqual(events, ['lost: its channel closed before the answer could be sent']);
  });

  test('does not lose what was answered', () => {
    const { settlement, delivery, events } = open();
    settlement.settle(delivery, 'ack');
    settlement.lose(delivery, 'gone');
    assert.equal(delivery.state, 'settled');
    assert.deepEqual(events, ['answered ack']);
  });
});
