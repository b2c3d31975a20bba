import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ReceivedMessage } from '../../../../src/amqp/index.js';
import { ReturnedMessages } from '../../../../src/dispatch/failures/returned-messages.js';
import { type MessageParts, wireMessage } from '../../../support/amqp/wire-message.js';

const LATER_MS = 60_000;

function again(parts: MessageParts = {}): ReceivedMessage {
  return wireMessage({ redelivered: true, body: Buffer.from('a'), ...parts });
}

function nth(n: number): MessageParts {
  return { properties: { messageId: String(n) } };
}

class Memory {
  nowMs = 0;
  readonly returned: ReturnedMessages;

  constructor(most?: number) {
    this.returned = new ReturnedMessages(() => this.nowMs, most);
  }

  note(parts?: MessageParts): number {
    return this.returned.note(again(parts));
  }
}

describe('the memory of returned messages', () => {
  test('counts a message from its first return, which was no redelivery', () => {
    const { returned } = new Memory();
    assert.deepEqual([returned.note(again({ redelivered: false })), returned.size], [1, 0]);
    assert.deepEqual([returned.note(again()), returned.note(again()), returned.note(again())], [2, 3, 4]);
  });

  test('recognizes a message whatever the broker and the failure policy count in its headers', () => {
    const memory = new Memory();
    const counts = [
      { own: 1, other: 'x' },
      { 'x-delivery-count': 1, own: 1, other: 'x' },
      { own: 1, other: 'x', 'x-delivery-count': 2, 'x-acquired-count': 7 },
      { other: 'x', own: 1, 'x-amqp-dispatcher-attempts': 3 },
    ];
    assert.deepEqual(
      counts.map((headers) => memory.note({ headers, deliveryTag: 99 })),
      [2, 3, 4, 5],
    );
  });

  const others: readonly MessageParts[] = [
    { body: Buffer.from('b') },
    { body: Buffer.from('aa') },
    { routingKey: 'other' },
    { exchange: 'other' },
    { properties: { messageId: '1' } },
    { headers: { own: 2 } },
  ];
  for (const parts of others) {
    test(`tells it from another message: ${JSON.stringify(parts)}`, () => {
      const memory = new Memory();
      memory.note();
      assert.equal(memory.note(parts), 2);
    });
  }

  test('tells two long bodies apart by beginning, end and length', () => {
    const memory = new Memory();
    const bodies = [100_000, 100_000, 100_000, 100_001].map((size) => Buffer.alloc(size));
    bodies[1]?.fill(1, 0, 1);
    bodies[2]?.fill(1, 99_999);
    assert.deepEqual(
      bodies.map((body) => memory.note({ body })),
      [2, 2, 2, 2],
    );
  });

  test('recognizes a message with unreadable properties or headers', () => {
    const memory = new Memory();
    const headers = Buffer.from([1, 97, 0xff, 0]);
    assert.deepEqual([memory.note({ headers }), memory.note({ headers })], [2, 3]);
  });

  test('forgets a message that is done, and its duplicates', () => {
    const memory = new Memory();
    memory.note();
    memory.returned.forget(again());
    assert.deepEqual([memory.returned.size, memory.note()], [0, 2]);
  });

  test('forgets a message that has not returned for a minute', () => {
    const memory = new Memory();
    memory.note();
    memory.nowMs += LATER_MS - 1;
    assert.equal(memory.note(), 3);
    memory.nowMs += LATER_MS;
    assert.equal(memory.note({ body: Buffer.from('another') }), 2);
    assert.deepEqual([memory.returned.size, memory.note()], [1, 2]);
  });

  test('holds at most one prefetch of messages, and forgets the oldest return first', () => {
    const most = 10;
    const memory = new Memory(most);
    for (let n = 0; n <= most; n++) memory.note(nth(n));
    assert.equal(memory.returned.size, most);
    assert.deepEqual([memory.note(nth(most)), memory.note(nth(0))], [3, 2]);
  });
});
