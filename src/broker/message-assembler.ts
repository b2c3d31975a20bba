import { type MessageMemory, ReceivedMessage } from '../amqp/index.js';
import { RawDeliver, RawProperties } from './content-frames.js';
import type { DecodedFrame } from './frame-check.js';

/**
 * Takes the messages of a channel out of its frames. Most come whole and stay where they have landed. One that comes in parts
 * (a method, a header and as many pieces of a body as it takes) gets a room of its own, and is written there piece by piece.
 *
 *     idle ── whole message ──▶ idle
 *       └──── basic.deliver ──▶ announced ── header ──▶ filling ── the last piece ──▶ idle
 */
export class MessageAssembler {
  private readonly memory: MessageMemory;
  private readonly onMessage: (message: ReceivedMessage) => void;
  private announced: RawDeliver | undefined;
  private filling: ReceivedMessage | undefined;
  private filled = 0;

  /** @param onMessage is handed the message, and a hold on its room with it */
  constructor(memory: MessageMemory, onMessage: (message: ReceivedMessage) => void) {
    this.memory = memory;
    this.onMessage = onMessage;
  }

  /** @throws RangeError when the frame is not what must come next */
  accept({ fields, size, content }: DecodedFrame): void {
    if (content !== undefined && this.filling !== undefined) return this.fill(this.filling, content);
    if (this.filling !== undefined) throw new RangeError('a message was broken off by another frame');
    if (fields instanceof ReceivedMessage && this.announced === undefined) {
      fields.hold();
      this.onMessage(fields);
    } else if (fields instanceof RawDeliver && this.announced === undefined) this.announced = fields;
    else if (fields instanceof RawProperties && this.announced !== undefined && size !== undefined) {
      this.begin(this.announced, fields, size);
    } else throw new RangeError('a frame of a message came out of turn');
  }

  /** The channel has gone: what was not whole never will be. */
  close(): void {
    this.filling?.release();
    this.filling = undefined;
    this.announced = undefined;
  }

  private begin(deliver: RawDeliver, { bytes }: RawProperties, bodyLength: number): void {
    const { deliveryTag, redelivered, route } = deliver;
    const message = ReceivedMessage.inRoomOfItsOwn(this.memory, {
      deliveryTag,
      redelivered,
      route,
      properties: bytes,
      bodyLength,
    });
    this.announced = undefined;
    // A message without a body has no body frame.
    if (bodyLength === 0) return this.onMessage(message);
    this.filling = message;
    this.filled = 0;
  }

  private fill(message: ReceivedMessage, piece: Uint8Array): void {
    const end = this.filled + piece.length;
    if (end > message.bodyLength)
      throw new RangeError(`a body is longer than the ${message.bodyLength} bytes announced`);
    message.writeBody(piece, this.filled);
    this.filled = end;
    if (end < message.bodyLength) return;
    this.filling = undefined;
    this.onMessage(message);
  }
}
