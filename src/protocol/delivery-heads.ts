import type { Segment } from './message-memory.js';
import type { ReceivedMessage } from './received-message.js';

/**
 * What a worker must know of a delivery that it has begun: seven numbers in shared memory, beside the claim of the same
 * cell. They are written before the claim is told, and stand until the delivery has left the thread: so a delivery is handed
 * over by three numbers, and one that was taken back costs the worker no look.
 */

const HEAD = {
  tagLow: 0,
  /** The high word of the tag, which has 21 bits at most, and `redelivered` in the lowest bit. */
  tagHigh: 1,
  segment: 2,
  offset: 3,
  routeLength: 4,
  propertiesLength: 5,
  bodyLength: 6,
  size: 8,
} as const;
const WORD = 2 ** 32;

/** The main thread's side. */
export class DeliveryHeads {
  readonly memory: SharedArrayBuffer;
  private readonly words: Uint32Array;

  /** @param capacity how many deliveries can be with the thread at one time */
  constructor(capacity: number) {
    this.memory = new SharedArrayBuffer(capacity * HEAD.size * Uint32Array.BYTES_PER_ELEMENT);
    this.words = new Uint32Array(this.memory);
  }

  write(cell: number, message: ReceivedMessage): void {
    const { words } = this;
    const { deliveryTag, redelivered, block, routeLength, propertiesLength } = message;
    const head = cell * HEAD.size;
    words[head + HEAD.tagLow] = deliveryTag % WORD;
    words[head + HEAD.tagHigh] = Math.floor(deliveryTag / WORD) * 2 + (redelivered ? 1 : 0);
    words[head + HEAD.segment] = block.segment.id;
    words[head + HEAD.offset] = block.offset;
    words[head + HEAD.routeLength] = routeLength;
    words[head + HEAD.propertiesLength] = propertiesLength;
    words[head + HEAD.bodyLength] = message.bodyLength;
  }
}

/** A delivery as the worker has it: its bytes are a copy of its own, for the consumer may keep them. */
export class IncomingDelivery {
  readonly deliveryTag: number;
  readonly redelivered: boolean;
  private readonly bytes: Buffer;
  private readonly propertiesAt: number;
  private readonly bodyAt: number;

  constructor(words: Uint32Array, cell: number, segments: ReadonlyMap<number, Uint8Array>) {
    const head = cell * HEAD.size;
    const word = (at: number): number => words[head + at] ?? 0;
    const tagHigh = word(HEAD.tagHigh);
    const offset = word(HEAD.offset);
    const length = word(HEAD.routeLength) + word(HEAD.propertiesLength) + word(HEAD.bodyLength);
    const segment = segments.get(word(HEAD.segment));
    if (segment === undefined) throw new RangeError('a delivery lies in a segment that this thread was not told of');
    this.deliveryTag = (tagHigh >>> 1) * WORD + word(HEAD.tagLow);
    this.redelivered = (tagHigh & 1) === 1;
    this.propertiesAt = word(HEAD.routeLength);
    this.bodyAt = this.propertiesAt + word(HEAD.propertiesLength);
    this.bytes = Buffer.allocUnsafe(length);
    this.bytes.set(segment.subarray(offset, offset + length));
  }

  get route(): Buffer {
    return this.bytes.subarray(0, this.propertiesAt);
  }

  get properties(): Buffer {
    return this.bytes.subarray(this.propertiesAt, this.bodyAt);
  }

  get body(): Buffer {
    return this.bytes.subarray(this.bodyAt);
  }
}

/** The worker's side: the heads, and the segments that they point into. */
export class DeliveryReader {
  private readonly words: Uint32Array;
  private readonly segments = new Map<number, Uint8Array>();

  constructor(heads: SharedArrayBuffer) {
    this.words = new Uint32Array(heads);
  }

  learn({ id, memory }: Segment): void {
    this.segments.set(id, new Uint8Array(memory));
  }

  forget(id: number): void {
    this.segments.delete(id);
  }

  /** The delivery of a cell whose claim this thread holds. */
  read(cell: number): IncomingDelivery {
    return new IncomingDelivery(this.words, cell, this.segments);
  }
}
