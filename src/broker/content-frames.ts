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

/** Where a payload stands in a chunk. */
export interface Extent {
  readonly chunk: Buffer;
  readonly start: number;
  readonly end: number;
}

/**
 * The fields of a basic.deliver that matter: a channel has one consumer, so its tag does not. Exchange and routing key stay
 * the short strings that they came as.
 */
export class RawDeliver {
  readonly deliveryTag: number;
  readonly redelivered: boolean;
  readonly route: Uint8Array;

  /** @throws RangeError when the payload is cut off */
  constructor({ chunk, start, end }: Extent) {
    const tagAt = start + ID_BYTES;
    const numberAt = tagAt + 1 + (chunk[tagAt] ?? 0);
    const flagsAt = numberAt + LONG_LONG_BYTES;
    const routeAt = flagsAt + 1;
    const routingKeyAt = routeAt + 1 + (chunk[routeAt] ?? 0);
    if (routingKeyAt + 1 + (chunk[routingKeyAt] ?? 0) !== end) throw new RangeError('a basic.deliver is not whole');
    this.deliveryTag = longLong(chunk, numberAt);
    this.redelivered = ((chunk[flagsAt] ?? 0) & 1) === 1;
    this.route = chunk.subarray(routeAt, end);
  }
}

/** The property list of a message, headers and all. */
export class RawProperties {
  readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }
}

/** Reads a content header: the size of the body that follows, and the properties. @throws RangeError when it is cut off */
export function readContentHeader({ chunk, start, end }: Extent): { size: number; fields: RawProperties } {
  const sizeAt = start + ID_BYTES;
  const propertiesAt = sizeAt + LONG_LONG_BYTES;
  if (propertiesAt + 2 > end) throw new RangeError('a content header is not whole');
  return { size: longLong(chunk, sizeAt), fields: new RawProperties(chunk.subarray(propertiesAt, end)) };
}

function longLong(chunk: Buffer, at: number): number {
  return chunk.readUInt32BE(at) * WORD + chunk.readUInt32BE(at + 4);
}
