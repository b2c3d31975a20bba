import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { decodeRoute, MessageMemory, type ReceivedMessage, SEGMENT_BYTES } from '../../../src/amqp/index.js';
import type { Extent } from '../../../src/amqp/wire/frames.js';
import { MessageAssembler } from '../../../src/amqp/wire/message-assembler.js';
import { headerFrame, methodFrame } from '../../support/amqp/amqp-frames.js';
import { encodePropertyList } from '../../support/amqp/wire-message.js';

interface Assembling {
  readonly assembler: MessageAssembler;
  readonly memory: MessageMemory;
  readonly found: ReceivedMessage[];
  readonly returned: ReceivedMessage[];
}

function assemble(): Assembling {
  const memory = new MessageMemory();
  const found: ReceivedMessage[] = [];
  const returned: ReceivedMessage[] = [];
  const assembler = new MessageAssembler(memory, {
    delivered: (message) => void found.push(message),
    returned: (message) => void returned.push(message),
  });
  return { memory, found, returned, assembler };
}

type Turn = (assembler: MessageAssembler) => void;

/** The payload of a frame. */
function payloadOf(chunk: Buffer): Extent {
  return { chunk, start: 7, end: chunk.length - 1 };
}

function deliver(deliveryTag: number, routingKey = 'key'): Turn {
  const fields = { consumerTag: 'tag', deliveryTag, redelivered: false, exchange: 'x', routingKey };
  return (assembler) => assembler.deliver(payloadOf(methodFrame('BasicDeliver', 1, fields)));
}

const giveBack: Turn = (assembler) => {
  const fields = { replyCode: 312, replyText: 'NO_ROUTE', exchange: 'x', routingKey: 'key' };
  assembler.return(payloadOf(methodFrame('BasicReturn', 1, fields)));
};

function header(size: number): Turn {
  return (assembler) => assembler.header(payloadOf(headerFrame(1, size, { messageId: 'm' })));
}

const piece =
  (content: Uint8Array): Turn =>
  (assembler) =>
    assembler.body(content);

describe('the message assembler', () => {
  test('joins bodies from any number of pieces', () => {
    fc.assert(
      fc.property(fc.array(fc.array(fc.uint8Array({ minLength: 1, maxLength: 40 }), { maxLength: 5 })), (messages) => {
        const { assembler, found } = assemble();
        messages.forEach((pieces, index) => {
          deliver(index + 1)(assembler);
          header(Buffer.concat(pieces).length)(assembler);
          for (const content of pieces) piece(content)(assembler);
        });
        assert.deepEqual(
          found.map(({ deliveryTag, body }) => ({ deliveryTag, body: [...body] })),
          messages.map((pieces, index) => ({ deliveryTag: index + 1, body: pieces.flatMap((each) => [...each]) })),
        );
      }),
    );
  });

  test('delivers a message without a body at its header', () => {
    const { assembler, found } = assemble();
    deliver(1)(assembler);
    assert.equal(found.length, 0);
    header(0)(assembler);
    assert.deepEqual(found[0]?.route, Buffer.from('\x01x\x03key'));
    assert.deepEqual(found[0]?.properties, encodePropertyList({ messageId: 'm' }));
    assert.equal(found[0]?.bodyLength, 0);
  });

  test('tells returned messages from delivered ones', () => {
    const { assembler, found, returned } = assemble();
    giveBack(assembler);
    header(3)(assembler);
    piece(Buffer.from('abc'))(assembler);
    deliver(1)(assembler);
    header(0)(assembler);
    assert.deepEqual(
      [returned, found].map((each) => each.map(({ body, route }) => [body.toString(), decodeRoute(route).exchange])),
      [[['abc', 'x']], [['', 'x']]],
    );
  });

  test('refuses every frame that is out of order', () => {
    const turns: readonly (readonly Turn[])[] = [
      [header(1)],
      [piece(Buffer.alloc(1))],
      [deliver(1), deliver(2)],
      [deliver(1), piece(Buffer.alloc(1))],
      [deliver(1), header(2), deliver(2)],
      [deliver(1), header(2), header(2)],
      [deliver(1), header(2), piece(Buffer.alloc(3))],
      [deliver(1), header(2), piece(Buffer.alloc(1)), piece(Buffer.alloc(2))],
      [deliver(1), header(0), piece(Buffer.alloc(1))],
      [giveBack, piece(Buffer.alloc(1))],
      [giveBack, deliver(1)],
      [(assembler) => assembler.header({ chunk: Buffer.alloc(20), start: 0, end: 20 })],
    ];
    for (const frames of turns) {
      const { assembler } = assemble();
      const last = frames.at(-1);
      assert.ok(last !== undefined);
      for (const frame of frames.slice(0, -1)) frame(assembler);
      assert.throws(() => last(assembler), RangeError);
    }
  });

  test('releases the memory of an incomplete message when its channel closes', () => {
    const { assembler, memory, found } = assemble();
    deliver(1)(assembler);
    header(SEGMENT_BYTES)(assembler);
    assembler.close();
    deliver(2)(assembler);
    header(0)(assembler);
    assert.equal(found.length, 1);
    // The same segment again, because it was free.
    assert.equal(memory.open(SEGMENT_BYTES + 10).id, 1);
  });
});
