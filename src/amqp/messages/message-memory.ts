/**
 * Shared memory that messages lie in from the socket to their answer. Written by the main thread and read by whichever
 * worker begins the delivery: a delivery that is taken back and handed to another thread, or counted after a death, is still
 * here. Used again and again: memory that the collector has to find costs it a pass over the whole heap for every 64 MiB
 * (that was a third of the time with bodies of 100 kB).
 *
 * A segment is one piece of it, free for what comes next when nobody holds it any more.
 */

/** What a segment has if nobody asks for more. */
export const SEGMENT_BYTES = 64 * 1024;
/** Below this a segment of another size is not worth its place in the list of empty ones. */
const SMALLEST_BYTES = 4 * 1024;
/**
 * Empty segments that are kept for what comes next, together. Acks come in bursts: fewer than a burst frees, and new ones are
 * made for the next, which costs more than it saves (bodies of 100 kB, prefetch 100).
 */
const KEPT_BYTES = 16 * 1024 * 1024;

/** A piece of shared memory, as threads know it. */
export interface SharedSegment {
  /** Never used twice. */
  readonly id: number;
  readonly memory: SharedArrayBuffer;
}

/** Takes segments that nobody holds any more. */
interface Keeper {
  keep(segment: Segment): void;
}

/** One segment, and how many hold it. */
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

  /** True when nobody holds it but the one who asks. */
  get isHeldOnce(): boolean {
    return this.holders === 1;
  }

  hold(): void {
    this.holders++;
  }

  /** To be called once for each hold; the bytes are somebody else's after the last one. */
  release(): void {
    this.holders--;
    if (this.holders === 0) this.keeper.keep(this);
  }
}

export class MessageMemory implements Keeper {
  private readonly watchers: ((segment: SharedSegment) => void)[] = [];
  /** Empty segments by size, the last one freed first: it may still be in a cache. */
  private readonly empty = new Map<number, Segment[]>();
  private emptyBytes = 0;
  private nextId = 1;

  /** A segment of at least so many bytes; the caller holds it. */
  open(bytes: number = SEGMENT_BYTES): Segment {
    const size = sizeFor(Math.max(SMALLEST_BYTES, bytes));
    const segment = this.take(size) ?? new Segment(this.nextId++, size, this);
    segment.hold();
    return segment;
  }

  /** Calls back when a segment is used no more: whoever knows it can forget it. */
  onDropped(watcher: (segment: SharedSegment) => void): void {
    this.watchers.push(watcher);
  }

  private take(size: number): Segment | undefined {
    const segment = this.empty.get(size)?.pop();
    if (segment !== undefined) this.emptyBytes -= size;
    return segment;
  }

  /** For segments themselves. */
  keep(segment: Segment): void {
    const size = segment.bytes.length;
    this.emptyBytes += size;
    const segments = this.empty.get(size) ?? [];
    segments.push(segment);
    // The size that was emptied last is the youngest: what nobody asks for any more goes first.
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

/** In quarters of a power of two: few sizes, so that the next one fits as well, and little that is left over. */
function sizeFor(length: number): number {
  const quarter = 2 ** Math.floor(Math.log2(length)) / 4;
  return Math.ceil(length / quarter) * quarter;
}
