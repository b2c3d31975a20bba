import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { BASIC_CLASS, BASIC_DELIVER, RawDeliver, RawProperties } from '../../../src/broker/content-frames.js';
import type { DecodedFrame } from '../../../src/broker/frame-check.js';
import { MessageAssembler } from '../../../src/broker/message-assembler.js';
import { MessageMemory, type ReceivedMessage, SEGMENT_BYTES } from '../../../src/protocol/index.js';
import { methodFrame } from '../../support/amqp/amqp-frames.js';
import { encodePropertyList } from '../../support/amqp/wire-message.js';

function assemble(): {
  readonly assembler: MessageAssembler;
  readonly memory: MessageMemory;
  readonly found: ReceivedMessage[];
} {
  const memory = new MessageMemory();
  const found: ReceivedMessage[] = [];
  return { memory, found, assembler: new MessageAssembler(memory, (message) => found.push(message)) };
}

function deliver(deliveryTag: number, routingKey = 'key'): DecodedFrame {
  const fields = { consumerTag: 'tag', deliveryTag, redelivered: false, exchange: 'x', routingKey };
  const chunk = methodFrame('BasicDeliver', 1, fields);
  return { id: BASIC_DELIVER, channel: 1, fields: new RawDeliver({ chunk, start: 7, end: chunk.length - 1 }) };
}

function header(size: number): DecodedFrame {
  return { id: BASIC_CLASS, channel: 1, size, fields: new RawProperties(encodePropertyList({ messageId: 'm' })) };
}

const piece = (content: Uint8Array): DecodedFrame => ({ channel: 1, content });

describe('the assembler of messages', () => {
  test('puts bodies together, in however many pieces they come', () => {
    fc.assert(
      fc.property(fc.array(fc.array(fc.uint8Array({ minLength: 1, maxLength: 40 }), { maxLength: 5 })), (messages) => {
        const { assembler, found } = assemble();
        messages.forEach((pieces, index) => {
          assembler.accept(deliver(index + 1));
          assembler.accept(header(Buffer.concat(pieces).length));
          for (const content of pieces) assembler.accept(piece(content));
        });
        assert.deepEqual(
          found.map(({ deliveryTag, body }) => ({ deliveryTag, body: [...body] })),
          messages.map((pieces, index) => ({ deliveryTag: index + 1, body: pieces.flatMap((each) => [...each]) })),
        );
      }),
    );
  });

  test('hands over a message without a body at its header', () => {
    const { assembler, found } = assemble();
    assembler.accept(deliver(1));
    assert.equal(found.length, 0);
    assembler.accept(header(0));
    assert.deepEqual(found[0]?.route, Buffer.from('\x01x\x03key'));
    assert.deepEqual(found[0]?.properties, encodePropertyList({ messageId: 'm' }));
    assert.equal(found[0]?.bodyLength, 0);
  });

  test('refuses every frame that is not what must come next', () => {
    const turns: readonly (readonly DecodedFrame[])[] = [
      [header(1)],
      [piece(Buffer.alloc(1))],
      [deliver(1), deliver(2)],
      [deliver(1), piece(Buffer.alloc(1))],
      [deliver(1), header(2), deliver(2)],
      [deliver(1), header(2), header(2)],
      [deliver(1), header(2), piece(Buffer.alloc(3))],
      [deliver(1), header(2), piece(Buffer.alloc(1)), piece(Buffer.alloc(2))],
      [deliver(1), header(0), piece(Buffer.alloc(1))],
      [{ id: 60 << 16, channel: 1, fields: {} }],
    ];
    for (const frames of turns) {
      const { assembler } = assemble();
      const last = frames.at(-1);
      assert.ok(last !== undefined);
      for (const frame of frames.slice(0, -1)) assembler.accept(frame);
      assert.throws(() => assembler.accept(last), RangeError);
    }
  });

  test('gives back what it took for a message that the channel took along', () => {
    const { assembler, memory, found } = assemble();
    assembler.accept(deliver(1));
    assembler.accept(header(SEGMENT_BYTES));
    assembler.close();
    assembler.accept(deliver(2));
    assembler.accept(header(0));
    assert.equal(found.length, 1);
    // The same room again: it was free.
    assert.equal(memory.open(SEGMENT_BYTES + 10).id, 1);
  });
});
