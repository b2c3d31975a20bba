import type { MessageMemory } from '../messages/message-memory.js';
import { type DeliveryNotice, ReceivedMessage } from '../messages/received-message.js';
import { BASIC_CLASS, type Extent } from './frames.js';
import { readContentHeader, readDeliver, routeOfReturn } from './incoming-methods.js';

/** Takes over the message with one hold on its segment. */
export interface MessageTaker {
  delivered(message: ReceivedMessage): void;
  returned(message: ReceivedMessage): void;
}

interface Announced extends DeliveryNotice {
  readonly route: Uint8Array;
  readonly isReturned: boolean;
}

/**
 * Assembles the messages of a channel that come in parts, each in a segment of its own. Most come whole and stay where
 * they were received.
 *
 *     idle ── basic.deliver or basic.return ──▶ announced ── header ──▶ filling ── the last piece ──▶ idle
 */
export class MessageAssembler {
  private readonly memory: MessageMemory;
  private readonly taker: MessageTaker;
  private announced: Announced | undefined;
  private filling: ReceivedMessage | undefined;
  private isReturned = false;
  private filled = 0;

  constructor(memory: MessageMemory, taker: MessageTaker) {
    this.memory = memory;
    this.taker = taker;
  }

  /** @throws RangeError when another message is incomplete */
  checkIdle(): void {
    if (this.filling !== undefined) throw new RangeError('another frame interrupted a message');
    if (this.announced !== undefined) throw outOfTurn();
  }

  /** @throws RangeError when the frame is out of order, like the methods below */
  deliver(method: Extent): void {
    this.checkIdle();
    const { deliveryTag, redelivered, routeAt } = readDeliver(method);
    this.announced = { deliveryTag, redelivered, route: copyOf(method, routeAt), isReturned: false };
  }

  return(method: Extent): void {
    this.checkIdle();
    this.announced = {
      deliveryTag: 0,
      redelivered: false,
      route: copyOf(method, routeOfReturn(method)),
      isReturned: true,
    };
  }

  header(header: Extent): void {
    const { announced } = this;
    if (announced === undefined || header.chunk.readUInt16BE(header.start) !== BASIC_CLASS) throw outOfTurn();
    const { size: bodyLength, propertiesAt } = readContentHeader(header);
    const properties = header.chunk.subarray(propertiesAt, header.end);
    this.announced = undefined;
    this.isReturned = announced.isReturned;
    const message = ReceivedMessage.inOwnSegment(this.memory, { ...announced, properties, bodyLength });
    if (bodyLength === 0) return this.hand(message);
    this.filling = message;
    this.filled = 0;
  }

  body(piece: Uint8Array): void {
    const message = this.filling;
    if (message === undefined) throw outOfTurn();
    const end = this.filled + piece.length;
    if (end > message.bodyLength)
      throw new RangeError(`a body is longer than the ${message.bodyLength} bytes announced`);
    message.writeBody(piece, this.filled);
    this.filled = end;
    if (end < message.bodyLength) return;
    this.filling = undefined;
    this.hand(message);
  }

  close(): void {
    this.filling?.release();
    this.filling = undefined;
    this.announced = undefined;
  }

  private hand(message: ReceivedMessage): void {
    if (this.isReturned) this.taker.returned(message);
    else this.taker.delivered(message);
  }
}

function outOfTurn(): RangeError {
  return new RangeError('a content frame arrived out of order');
}

function copyOf({ chunk, end }: Extent, from: number): Uint8Array {
  return Buffer.from(chunk.subarray(from, end));
}
