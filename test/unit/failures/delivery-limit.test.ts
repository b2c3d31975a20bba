import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ReceivedMessage } from '../../../src/amqp/index.js';
import { RECORD_HEADERS } from '../../../src/bridge/index.js';
import { DeliveryLimit, type DeliveryLimitOptions, returnsOf } from '../../../src/failures/delivery-limit.js';
import { wireMessage } from '../../support/amqp/wire-message.js';

function limitOf(options: Partial<DeliveryLimitOptions> = {}): DeliveryLimit {
  return new DeliveryLimit({
    written: undefined,
    isUnlimited: false,
    hasDefault: () => true,
    ignoresNacks: () => false,
    ...options,
  });
}

function returned(count: number, earlier = 0): ReceivedMessage {
  const headers = { 'x-delivery-count': count, ...(earlier > 0 && { [RECORD_HEADERS.returns]: earlier }) };
  return wireMessage({ redelivered: true, headers });
}

describe('the delivery limit', () => {
  test('is the one in the file, or 20 where the broker has a default', () => {
    assert.equal(limitOf({ written: 5 }).value, 5);
    assert.equal(limitOf({ written: 0 }).value, 0);
    assert.equal(limitOf().value, 20);
    assert.equal(limitOf({ hasDefault: () => false }).value, undefined);
    assert.equal(limitOf({ written: 5, hasDefault: () => false }).value, 5);
  });

  test('is absent for -1, and for a declared classic queue', () => {
    assert.equal(limitOf({ written: -1 }).value, undefined);
    assert.equal(limitOf({ isUnlimited: true }).value, undefined);
  });

  test('is evaluated anew each time, because a reconnect may reach another broker', () => {
    let isNew = false;
    const limit = limitOf({ hasDefault: () => isNew });
    assert.equal(limit.needsRenewal(returned(20)), false);
    isNew = true;
    assert.equal(limit.needsRenewal(returned(20)), true);
  });
});

describe('a message needs a copy before it runs', () => {
  const firstCounts = [
    [0, undefined],
    [1, 1],
    [2, 1],
    [3, 2],
    [4, 3],
    [8, 6],
    [20, 15],
    [100, 95],
  ] as const;
  for (const [written, first] of firstCounts) {
    test(`with a limit of ${written} ${first === undefined ? 'never, because a copy would have no more returns' : `from return ${first} on`}`, () => {
      const limit = limitOf({ written });
      const counts = Array.from({ length: written + 1 }, (_, count) => count);
      assert.equal(
        counts.find((count) => limit.needsRenewal(returned(count))),
        first,
      );
    });
  }

  test('by the count of its queue alone; returns of its earlier copies do not matter', () => {
    assert.equal(limitOf().needsRenewal(returned(3, 40)), false);
  });

  test('only if redelivered, because a publisher may have copied the header from elsewhere', () => {
    const first = wireMessage({ headers: { 'x-delivery-count': 20 } });
    assert.equal(limitOf().needsRenewal(first), false);
    assert.equal(returnsOf(first), 0);
  });

  test('never if the header is not a count', () => {
    for (const value of ['many', -3, 1.5, null, [20]]) {
      const message = wireMessage({ redelivered: true, headers: { 'x-delivery-count': value } });
      assert.equal(returnsOf(message), 0);
    }
  });
});

describe('a return', () => {
  test('is the last one when the count has reached the limit', () => {
    const limit = limitOf();
    assert.deepEqual(
      [19, 20].map((count) => limit.isLast(returned(count), 'rejectRequeue')),
      [false, true],
    );
  });

  test('exhausts the message after enough returns, its earlier copies included', () => {
    const limit = limitOf();
    assert.deepEqual(
      [3, 4].map((count) => limit.isSpent(returned(count, 16), 'rejectRequeue')),
      [false, true],
    );
    assert.equal(limit.isLast(returned(4, 16), 'rejectRequeue'), false);
  });

  test('by a nack counts before RabbitMQ 4.3, and not since', () => {
    for (const [ignoresNacks, counts] of [
      [false, true],
      [true, false],
    ] as const) {
      const limit = limitOf({ ignoresNacks: () => ignoresNacks });
      assert.equal(limit.isLast(returned(20), 'nackRequeue'), counts);
      assert.equal(limit.isSpent(returned(20), 'nackRequeue'), counts);
      assert.equal(limit.isLast(returned(20), 'lost'), true);
    }
  });
});
