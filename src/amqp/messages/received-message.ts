import type { MessageMemory, Segment } from './message-memory.js';

/** Offsets in the segment, in bytes, of the parts as the broker sent them. */
export interface MessageExtents {
  readonly routeAt: number;
  readonly routeLength: number;
  readonly propertiesAt: number;
  readonly propertiesLength: number;
  readonly bodyAt: number;
  readonly bodyLength: number;
}

/** The broker's fields of a message, besides its bytes. */
export interface DeliveryNotice {
  readonly deliveryTag: number;
  readonly redelivered: boolean;
}

/** A message to copy into a segment; its body follows in pieces. */
export interface MessageFields extends DeliveryNotice {
  readonly route: Uint8Array;
  readonly properties: Uint8Array;
  readonly bodyLength: number;
}

/**
 * Route, properties and body of a received message, in this order, in a segment; nearly always where the socket wrote
 * them, with frame heads between.
 */
export class ReceivedMessage {
  readonly deliveryTag: number;
  readonly redelivered: boolean;
  readonly segment: Segment;
  readonly routeAt: number;
  readonly routeLength: number;
  readonly propertiesAt: number;
  readonly propertiesLength: number;
  readonly bodyAt: number;
  readonly bodyLength: number;

  /** Does not hold the segment. */
  constructor({ deliveryTag, redelivered }: DeliveryNotice, segment: Segment, extents: MessageExtents) {
    this.deliveryTag = deliveryTag;
    this.redelivered = redelivered;
    this.segment = segment;
    this.routeAt = extents.routeAt;
    this.routeLength = extents.routeLength;
    this.propertiesAt = extents.propertiesAt;
    this.propertiesLength = extents.propertiesLength;
    this.bodyAt = extents.bodyAt;
    this.bodyLength = extents.bodyLength;
  }

  /** Copies a message into its own segment, held once; `writeBody` adds the body. */
  static inOwnSegment(memory: MessageMemory, fields: MessageFields): ReceivedMessage {
    const { route, properties, bodyLength } = fields;
    const bodyAt = route.length + properties.length;
    const segment = memory.open(bodyAt + bodyLength);
    segment.bytes.set(route, 0);
    segment.bytes.set(properties, route.length);
    return new ReceivedMessage(fields, segment, {
      routeAt: 0,
      routeLength: route.length,
      propertiesAt: route.length,
      propertiesLength: properties.length,
      bodyAt,
      bodyLength,
    });
  }

  get route(): Buffer {
    return this.segment.bytes.subarray(this.routeAt, this.routeAt + this.routeLength);
  }

  get properties(): Buffer {
    return this.segment.bytes.subarray(this.propertiesAt, this.propertiesAt + this.propertiesLength);
  }

  get body(): Buffer {
    return this.segment.bytes.subarray(this.bodyAt, this.bodyAt + this.bodyLength);
  }

  writeBody(piece: Uint8Array, at: number): void {
    this.segment.bytes.set(piece, this.bodyAt + at);
  }

  hold(): void {
    this.segment.hold();
  }

  release(): void {
    this.segment.release();
  }
}
