import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { DeliveryLimit, type DeliveryLimitOptions, returnsOf } from '../../../src/failures/delivery-limit.js';
import { RECORD_HEADERS, type ReceivedMessage } from '../../../src/protocol/index.js';
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
  test('is what the file says, else 20 where the broker has a limit by default', () => {
    assert.equal(limitOf({ written: 5 }).value, 5);
    assert.equal(limitOf({ written: 0 }).value, 0);
    assert.equal(limitOf().value, 20);
    assert.equal(limitOf({ hasDefault: () => false }).value, undefined);
    assert.equal(limitOf({ written: 5, hasDefault: () => false }).value, 5);
  });

  test('is none for -1, and for a queue that is declared as classic', () => {
    assert.equal(limitOf({ written: -1 }).value, undefined);
    assert.equal(limitOf({ isUnlimited: true }).value, undefined);
  });

  test('is asked for anew each time: the broker may be another one after a reconnect', () => {
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
    test(`with a limit of ${written} ${first === undefined ? 'never: a copy has no more returns' : `from the return ${first} on`}`, () => {
      const limit = limitOf({ written });
      const counts = Array.from({ length: written + 1 }, (_, count) => count);
      assert.equal(
        counts.find((count) => limit.needsRenewal(returned(count))),
        first,
      );
    });
  }

  test('by the count of its queue alone: what it has come back before its copy is no danger', () => {
    assert.equal(limitOf().needsRenewal(returned(3, 40)), false);
  });

  test('only when it was delivered before: a publisher may have copied the header from elsewhere', () => {
    const first = wireMessage({ headers: { 'x-delivery-count': 20 } });
    assert.equal(limitOf().needsRenewal(first), false);
    assert.equal(returnsOf(first), 0);
  });

  test('and counts for nothing where the header is no count', () => {
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

  test('spends the message when it has come back often enough, its earlier copies included', () => {
    const limit = limitOf();
    assert.deepEqual(
      [3, 4].map((count) => limit.isSpent(returned(count, 16), 'rejectRequeue')),
      [false, true],
    );
    assert.equal(limit.isLast(returned(4, 16), 'rejectRequeue'), false);
  });

  test('by a nack counts before RabbitMQ 4.3, and not from then on', () => {
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
