/**
 * The frames of a message in our own terms: the method that delivers it and the header of its content. amqplib would decode
 * three texts and up to fourteen properties of each message here on the main thread; these stay bytes, and the worker
 * decodes what a consumer looks at.
 */

/** The class of everything about messages, and of a content header. */
export const BASIC_CLASS = 60;
export const BASIC_DELIVER = (BASIC_CLASS << 16) + 60;

/** Class and method, or class and weight. */
const ID_BYTES = 4;
const LONG_LONG_BYTES = 8;
const WORD = 2 ** 32;

/** Where a payload stands among others. */
export interface Extent {
  readonly chunk: Buffer;
  readonly start: number;
  readonly end: number;
}

/** What a basic.deliver says that matters: a channel has one consumer, so its tag does not. */
export interface DeliverFields {
  readonly deliveryTag: number;
  readonly redelivered: boolean;
  /** Where exchange and routing key begin, as the short strings that they came as; they end with the payload. */
  readonly routeAt: number;
}

/** Reads a basic.deliver. @throws RangeError when the payload is cut off */
export function readDeliver({ chunk, start, end }: Extent): DeliverFields {
  const tagAt = start + ID_BYTES;
  const numberAt = tagAt + 1 + (chunk[tagAt] ?? 0);
  const flagsAt = numberAt + LONG_LONG_BYTES;
  const routeAt = flagsAt + 1;
  const routingKeyAt = routeAt + 1 + (chunk[routeAt] ?? 0);
  if (routingKeyAt + 1 + (chunk[routingKeyAt] ?? 0) !== end) throw new RangeError('a basic.deliver is not whole');
  const deliveryTag = longLong(chunk, numberAt);
  // A tag that a number cannot hold would come back as another one in the answer.
  if (!Number.isSafeInteger(deliveryTag) || deliveryTag === 0) {
    throw new RangeError(`a message was delivered under the impossible tag ${deliveryTag}`);
  }
  return { deliveryTag, redelivered: ((chunk[flagsAt] ?? 0) & 1) === 1, routeAt };
}

/** What a content header says: the size of the body that follows, and where the property list begins, which ends with it. */
export interface HeaderFields {
  readonly size: number;
  readonly propertiesAt: number;
}

/** Reads a content header. @throws RangeError when it is cut off */
export function readContentHeader({ chunk, start, end }: Extent): HeaderFields {
  const sizeAt = start + ID_BYTES;
  const propertiesAt = sizeAt + LONG_LONG_BYTES;
  if (propertiesAt + 2 > end) throw new RangeError('a content header is not whole');
  return { size: longLong(chunk, sizeAt), propertiesAt };
}

/** A basic.deliver that came without the rest of its message behind it; the route is a copy. */
export class RawDeliver {
  readonly deliveryTag: number;
  readonly redelivered: boolean;
  readonly route: Uint8Array;

  /** @throws RangeError when the payload is cut off */
  constructor(extent: Extent) {
    const { deliveryTag, redelivered, routeAt } = readDeliver(extent);
    this.deliveryTag = deliveryTag;
    this.redelivered = redelivered;
    this.route = Buffer.from(extent.chunk.subarray(routeAt, extent.end));
  }
}

/** The property list of a message, headers and all. */
export class RawProperties {
  readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }
}

function longLong(chunk: Buffer, at: number): number {
  return chunk.readUInt32BE(at) * WORD + chunk.readUInt32BE(at + 4);
}
