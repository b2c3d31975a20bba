import type { MessageMemory, Segment } from './message-memory.js';

/** Where the parts of a message lie in its segment, in bytes from the beginning of it; everything is the broker's own bytes. */
export interface MessageExtents {
  /** Exchange and routing key (route.ts). */
  readonly routeAt: number;
  readonly routeLength: number;
  /** Properties and headers (property-list.ts). */
  readonly propertiesAt: number;
  readonly propertiesLength: number;
  readonly bodyAt: number;
  readonly bodyLength: number;
}

/** What was said of a message beside its bytes. */
export interface DeliveryNotice {
  readonly deliveryTag: number;
  readonly redelivered: boolean;
}

/** A message whose bytes are still elsewhere; its body follows piece by piece. */
export interface MessageFields extends DeliveryNotice {
  readonly route: Uint8Array;
  readonly properties: Uint8Array;
  readonly bodyLength: number;
}

/**
 * A message as it came off the wire: route, properties and body, in this order, somewhere in a segment of the message memory.
 * Nearly always where the socket put them, with what stands between them in the frames.
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

  /** Does not hold its segment: call `hold` to keep the message. */
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

  /** Takes a room for it, which is held once; the body is to be written by `writeBody`. */
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

  /** Writes a piece of the body, `at` bytes behind its beginning. */
  writeBody(piece: Uint8Array, at: number): void {
    this.segment.bytes.set(piece, this.bodyAt + at);
  }

  /** Its bytes stay as they are until as many have released it as hold it. */
  hold(): void {
    this.segment.hold();
  }

  release(): void {
    this.segment.release();
  }
}
