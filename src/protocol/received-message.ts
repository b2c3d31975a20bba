import type { Block, MessageMemory } from './message-memory.js';

/** What the frames of a message say of it; everything but numbers is the broker's own bytes. */
export interface MessageFields {
  readonly deliveryTag: number;
  readonly redelivered: boolean;
  /** Exchange and routing key (route.ts). */
  readonly route: Uint8Array;
  /** Properties and headers (property-list.ts). */
  readonly properties: Uint8Array;
  readonly bodyLength: number;
}

/** A message as it came off the wire: route, properties and body, one behind the other in the message memory. */
export class ReceivedMessage {
  readonly deliveryTag: number;
  readonly redelivered: boolean;
  readonly block: Block;
  readonly routeLength: number;
  readonly propertiesLength: number;

  /** Takes room for it; the body is to be written by `writeBody`. */
  constructor(memory: MessageMemory, { deliveryTag, redelivered, route, properties, bodyLength }: MessageFields) {
    this.deliveryTag = deliveryTag;
    this.redelivered = redelivered;
    this.routeLength = route.length;
    this.propertiesLength = properties.length;
    this.block = memory.allocate(route.length + properties.length + bodyLength);
    this.block.write(route, 0);
    this.block.write(properties, route.length);
  }

  get route(): Buffer {
    return this.block.bytes(0, this.routeLength);
  }

  get properties(): Buffer {
    return this.block.bytes(this.routeLength, this.bodyAt);
  }

  get body(): Buffer {
    return this.block.bytes(this.bodyAt, this.block.length);
  }

  get bodyLength(): number {
    return this.block.length - this.bodyAt;
  }

  /** Writes a piece of the body, `at` bytes behind its beginning. */
  writeBody(piece: Uint8Array, at: number): void {
    this.block.write(piece, this.bodyAt + at);
  }

  private get bodyAt(): number {
    return this.routeLength + this.propertiesLength;
  }
}
