/** The default size of a segment. */
export const SEGMENT_BYTES = 64 * 1024;
const SMALLEST_BYTES = 4 * 1024;
/**
 * Acks come in bursts: with less kept than a burst frees, allocating new segments costs more than the memory saves
 * (bodies of 100 kB, prefetch 100).
 */
const KEPT_BYTES = 16 * 1024 * 1024;

/** A piece of shared memory. */
export interface SharedSegment {
  /** Never reused. */
  readonly id: number;
  readonly memory: SharedArrayBuffer;
}

interface Keeper {
  keep(segment: Segment): void;
}

/** A segment and its count of holders; it is reused when nobody holds it. */
export class Segment implements SharedSegment {
  readonly id: number;
  readonly memory: SharedArrayBuffer;
  readonly bytes: Buffer;
  private readonly keeper: Keeper;
  private holders = 0;

  constructor(id: number, size: number, keeper: Keeper) {
    this.id = id;
    this.memory = new SharedArrayBuffer(size);
    this.bytes = Buffer.from(this.memory);
    this.keeper = keeper;
  }

  get isHeldOnce(): boolean {
    return this.holders === 1;
  }

  hold(): void {
    this.holders++;
  }

  /** Call once per hold; after the last one the bytes may be overwritten. */
  release(): void {
    this.holders--;
    if (this.holders === 0) this.keeper.keep(this);
  }
}

/**
 * Shared memory that holds messages from the socket to their answer, so that any thread can take over a delivery. Segments
 * are reused: collecting them would cost a pass over the heap per 64 MiB, a third of the time with bodies of 100 kB.
 */
export class MessageMemory implements Keeper {
  private readonly watchers: ((segment: SharedSegment) => void)[] = [];
  /** By size; the last one freed is reused first, because it may still be in a cache. */
  private readonly empty = new Map<number, Segment[]>();
  private emptyBytes = 0;
  private nextId = 1;

  /** Returns a segment of at least this many bytes, held once. */
  open(bytes: number = SEGMENT_BYTES): Segment {
    const size = sizeFor(Math.max(SMALLEST_BYTES, bytes));
    const segment = this.take(size) ?? new Segment(this.nextId++, size, this);
    segment.hold();
    return segment;
  }

  /** Threads can forget a dropped segment. */
  onDropped(watcher: (segment: SharedSegment) => void): void {
    this.watchers.push(watcher);
  }

  private take(size: number): Segment | undefined {
    const segment = this.empty.get(size)?.pop();
    if (segment !== undefined) this.emptyBytes -= size;
    return segment;
  }

  keep(segment: Segment): void {
    const size = segment.bytes.length;
    this.emptyBytes += size;
    const segments = this.empty.get(size) ?? [];
    segments.push(segment);
    // The size that was freed longest ago is dropped first.
    this.empty.delete(size);
    this.empty.set(size, segments);
    while (this.emptyBytes > KEPT_BYTES) this.drop();
  }

  private drop(): void {
    for (const [size, segments] of this.empty) {
      const segment = segments.shift();
      if (segments.length === 0) this.empty.delete(size);
      if (segment === undefined) continue;
      this.emptyBytes -= size;
      for (const watcher of this.watchers) watcher(segment);
      return;
    }
  }
}

/** In quarters of a power of two: few sizes, little waste. */
function sizeFor(length: number): number {
  const quarter = 2 ** Math.floor(Math.log2(length)) / 4;
  return Math.ceil(length / quarter) * quarter;
}
