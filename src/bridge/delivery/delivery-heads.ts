import { Buffer } from 'node:buffer';
import { hasHeaders, isReadableList, type ReceivedMessage, type SharedSegment } from '../../amqp/index.js';
import { fromSharedMs, toSharedMs } from '../../timing/index.js';

/**
 * A delivery's numbers for the worker, in shared memory beside its claim's cell: a post takes three numbers, and a
 * revoked delivery costs the worker no look.
 */

const HEAD = {
  tagLow: 0,
  /** The tag's upper 21 bits, and `redelivered` in the lowest bit. */
  tagHigh: 1,
  segment: 2,
  routeAt: 3,
  routeLength: 4,
  propertiesAt: 5,
  propertiesLength: 6,
  bodyAt: 7,
  bodyLength: 8,
  /** A whole cache line: a shared one would bounce between the threads. */
  size: 16,
} as const;
const WORD = 2 ** 32;

/** In bytes: what Node.js takes from its pool. A consumer that keeps one message keeps all that share its copy. */
const LARGEST_SHARED = 4_000;

/** The times, in a view of doubles behind the words: when `consume` began and ended, 0 before. */
const TIME = { beganAt: 5, endedAt: 6, size: 8 } as const;

/** The main thread's side. */
export class DeliveryHeads {
  readonly memory: SharedArrayBuffer;
  private readonly words: Uint32Array;
  private readonly times: Float64Array;

  constructor(capacity: number) {
    this.memory = new SharedArrayBuffer(capacity * HEAD.size * Uint32Array.BYTES_PER_ELEMENT);
    this.words = new Uint32Array(this.memory);
    this.times = new Float64Array(this.memory);
  }

  /** On this thread's clock; undefined before its `consume`. */
  beganAtMs(cell: number): number | undefined {
    return this.time(cell * TIME.size + TIME.beganAt);
  }

  /** On this thread's clock; undefined before its `consume` and while it runs. */
  endedAtMs(cell: number): number | undefined {
    const began = this.beganAtMs(cell);
    const ended = this.time(cell * TIME.size + TIME.endedAt);
    // An earlier delivery of this cell may have ended late.
    return began !== undefined && ended !== undefined && ended >= began ? ended : undefined;
  }

  private time(at: number): number | undefined {
    const ms = this.times[at] ?? 0;
    return ms === 0 ? undefined : fromSharedMs(ms);
  }

  write(cell: number, message: ReceivedMessage): void {
    const { words } = this;
    const { deliveryTag, redelivered } = message;
    const head = cell * HEAD.size;
    words[head + HEAD.tagLow] = deliveryTag % WORD;
    words[head + HEAD.tagHigh] = Math.floor(deliveryTag / WORD) * 2 + (redelivered ? 1 : 0);
    words[head + HEAD.segment] = message.segment.id;
    words[head + HEAD.routeAt] = message.routeAt;
    words[head + HEAD.routeLength] = message.routeLength;
    words[head + HEAD.propertiesAt] = message.propertiesAt;
    words[head + HEAD.propertiesLength] = message.propertiesLength;
    words[head + HEAD.bodyAt] = message.bodyAt;
    words[head + HEAD.bodyLength] = message.bodyLength;
    const time = cell * TIME.size;
    this.times[time + TIME.beganAt] = 0;
    this.times[time + TIME.endedAt] = 0;
  }
}

/** A copy of bytes of a segment, from `start` on. */
interface SegmentCopy {
  readonly bytes: Buffer;
  readonly start: number;
}

/** A delivery in the worker; its bytes are a copy, which the consumer may keep. */
export class IncomingDelivery {
  readonly deliveryTag: number;
  readonly redelivered: boolean;
  /** Frame bytes included, and perhaps other deliveries. */
  private readonly bytes: Buffer;
  private readonly routeAt: number;
  private readonly routeLength: number;
  private readonly propertiesAt: number;
  private readonly propertiesLength: number;
  private readonly bodyAt: number;
  private readonly bodyLength: number;

  constructor(words: Uint32Array, cell: number, { bytes, start }: SegmentCopy) {
    const head = cell * HEAD.size;
    const word = (at: number): number => words[head + at] ?? 0;
    const tagHigh = word(HEAD.tagHigh);
    this.deliveryTag = (tagHigh >>> 1) * WORD + word(HEAD.tagLow);
    this.redelivered = (tagHigh & 1) === 1;
    this.bytes = bytes;
    this.routeAt = word(HEAD.routeAt) - start;
    this.routeLength = word(HEAD.routeLength);
    this.propertiesAt = word(HEAD.propertiesAt) - start;
    this.propertiesLength = word(HEAD.propertiesLength);
    this.bodyAt = word(HEAD.bodyAt) - start;
    this.bodyLength = word(HEAD.bodyLength);
  }

  get route(): Buffer {
    return this.bytes.subarray(this.routeAt, this.routeAt + this.routeLength);
  }

  get properties(): Buffer {
    return this.bytes.subarray(this.propertiesAt, this.propertiesAt + this.propertiesLength);
  }

  get hasHeaders(): boolean {
    return hasHeaders(this.bytes, this.propertiesAt);
  }

  /** True if reading properties and headers cannot throw. */
  get isReadable(): boolean {
    return isReadableList(this.bytes, this.propertiesAt, this.propertiesAt + this.propertiesLength);
  }

  get body(): Buffer {
    return this.bytes.subarray(this.bodyAt, this.bodyAt + this.bodyLength);
  }
}

/** The worker's side, with the segments that the heads point into. */
export class DeliveryReader {
  private readonly words: Uint32Array;
  private readonly times: Float64Array;
  private readonly segments = new Map<number, Uint8Array>();
  /** By cell, of the delivery that came last. */
  private readonly shared: (SegmentCopy | undefined)[] = [];

  constructor(heads: SharedArrayBuffer) {
    this.words = new Uint32Array(heads);
    this.times = new Float64Array(heads);
  }

  /** @param nowMs `performance.now()` of this thread, here and below */
  began(cell: number, nowMs: number): void {
    const time = cell * TIME.size;
    this.times[time + TIME.beganAt] = toSharedMs(nowMs);
    // An earlier delivery of this cell may have ended late.
    this.times[time + TIME.endedAt] = 0;
  }

  ended(cell: number, nowMs: number): void {
    this.times[cell * TIME.size + TIME.endedAt] = toSharedMs(nowMs);
  }

  learn({ id, memory }: SharedSegment): void {
    this.segments.set(id, new Uint8Array(memory));
  }

  forget(id: number): void {
    this.segments.delete(id);
  }

  /**
   * Copies deliveries that lie side by side with one copy, if they are small: each copy makes two objects more. The main
   * thread may revoke some meanwhile and use their cells and memory again: nobody reads those, and their numbers, which may
   * be anything, must not spoil the others.
   * @param cells of one post, in its order; before any of them is read
   */
  arrived(cells: readonly number[]): void {
    const { shared, words } = this;
    for (let first = 0, next = 0; first < cells.length; first = next) {
      const head = (cells[first] ?? 0) * HEAD.size;
      const [segment, start] = [words[head + HEAD.segment] ?? 0, words[head + HEAD.routeAt] ?? 0];
      let end = this.endOf(head);
      for (next = first + 1; next < cells.length; next++) {
        const other = (cells[next] ?? 0) * HEAD.size;
        if (words[other + HEAD.segment] !== segment) break;
        const [from, to] = [words[other + HEAD.routeAt] ?? 0, this.endOf(other)];
        // Each number read once, and in rising order.
        if (!(start <= end && end <= from && from <= to && to - start <= LARGEST_SHARED)) break;
        end = to;
      }
      const copy = next - first > 1 && this.segments.has(segment) ? this.copy(segment, start, end) : undefined;
      for (let at = first; at < next; at++) shared[cells[at] ?? 0] = copy;
    }
  }

  /** @throws RangeError if it is in a segment that this thread does not know */
  read(cell: number): IncomingDelivery {
    const head = cell * HEAD.size;
    const copy =
      this.shared[cell] ??
      this.copy(this.words[head + HEAD.segment] ?? 0, this.words[head + HEAD.routeAt] ?? 0, this.endOf(head));
    this.shared[cell] = undefined;
    return new IncomingDelivery(this.words, cell, copy);
  }

  private endOf(head: number): number {
    return (this.words[head + HEAD.bodyAt] ?? 0) + (this.words[head + HEAD.bodyLength] ?? 0);
  }

  private copy(id: number, start: number, end: number): SegmentCopy {
    const segment = this.segments.get(id);
    if (segment === undefined) throw new RangeError('a delivery is in a segment that this thread does not know');
    const bytes = Buffer.allocUnsafe(end - start);
    bytes.set(segment.subarray(start, end));
    return { bytes, start };
  }
}
