/**
 * Shared memory that messages lie in from the socket to their answer. Written once by the main thread and read by
 * whichever worker begins the delivery: a delivery that is taken back and handed to another thread, or counted after a
 * death, is still here. Used again and again: memory that the collector has to find costs it a pass over the whole heap for
 * every 64 MiB (that was a third of the time with bodies of 100 kB).
 *
 * A segment is filled from its beginning to its end and is empty again when the last of its blocks is free. A message of
 * more than half a segment has one of its own.
 */

export const SEGMENT_BYTES = 64 * 1024;
/**
 * Empty segments that are kept for what comes next, together. Acks come in bursts: fewer than a burst frees, and new ones are
 * made for the next, which costs more than it saves (bodies of 100 kB, prefetch 100).
 */
const KEPT_BYTES = 16 * 1024 * 1024;

/** A piece of shared memory, as threads know it. */
export interface Segment {
  /** Never used twice. */
  readonly id: number;
  readonly memory: SharedArrayBuffer;
}

/** The place of one message; free when nobody holds it any more. */
export class Block {
  readonly segment: Segment;
  readonly offset: number;
  readonly length: number;
  private readonly room: Room;
  private holders = 1;

  constructor(room: Room, offset: number, length: number) {
    this.room = room;
    this.segment = room;
    this.offset = offset;
    this.length = length;
  }

  /** Its bytes from `start` to `end`; they are somebody else's once it is free. */
  bytes(start: number, end: number): Buffer {
    return this.room.bytes.subarray(this.offset + start, this.offset + end);
  }

  write(source: Uint8Array, at: number): void {
    this.room.bytes.set(source, this.offset + at);
  }

  hold(): void {
    this.holders++;
  }

  /** To be called once for each hold, and once by whoever allocated it. */
  release(): void {
    this.holders--;
    if (this.holders === 0) this.room.free();
  }
}

/** One segment and what is in use of it. */
class Room implements Segment {
  readonly id: number;
  readonly memory: SharedArrayBuffer;
  readonly bytes: Buffer;
  private readonly onEmpty: (room: Room) => void;
  private used = 0;
  private blocks = 0;

  constructor(id: number, size: number, onEmpty: (room: Room) => void) {
    this.id = id;
    this.memory = new SharedArrayBuffer(size);
    this.bytes = Buffer.from(this.memory);
    this.onEmpty = onEmpty;
  }

  fits(length: number): boolean {
    return this.used + length <= this.bytes.length;
  }

  take(length: number): Block {
    const block = new Block(this, this.used, length);
    this.used += length;
    this.blocks++;
    return block;
  }

  free(): void {
    this.blocks--;
    if (this.blocks > 0) return;
    this.used = 0;
    this.onEmpty(this);
  }
}

export class MessageMemory {
  private readonly watchers: ((segment: Segment) => void)[] = [];
  /** Empty rooms by size, the last one freed first: it may still be in a cache. */
  private readonly empty = new Map<number, Room[]>();
  private emptyBytes = 0;
  private nextId = 1;
  private current: Room | undefined;

  /** Room for a message of so many bytes; the caller holds it. */
  allocate(length: number): Block {
    if (length > SEGMENT_BYTES / 2) return this.open(sizeFor(length)).take(length);
    if (this.current === undefined || !this.current.fits(length)) this.current = this.open(SEGMENT_BYTES);
    return this.current.take(length);
  }

  /** Calls back when a segment is used no more: whoever knows it can forget it. */
  onDropped(watcher: (segment: Segment) => void): void {
    this.watchers.push(watcher);
  }

  private open(size: number): Room {
    const room = this.empty.get(size)?.pop();
    if (room === undefined) return new Room(this.nextId++, size, (emptied) => this.keep(emptied));
    this.emptyBytes -= size;
    return room;
  }

  private keep(room: Room): void {
    // The current one goes on from its beginning.
    if (room === this.current) return;
    const size = room.bytes.length;
    this.emptyBytes += size;
    const rooms = this.empty.get(size) ?? [];
    rooms.push(room);
    // The size that was emptied last is the youngest: what nobody asks for any more goes first.
    this.empty.delete(size);
    this.empty.set(size, rooms);
    while (this.emptyBytes > KEPT_BYTES) this.drop();
  }

  private drop(): void {
    for (const [size, rooms] of this.empty) {
      const room = rooms.shift();
      if (rooms.length === 0) this.empty.delete(size);
      if (room === undefined) continue;
      this.emptyBytes -= size;
      for (const watcher of this.watchers) watcher(room);
      return;
    }
  }
}

/** In quarters of a power of two: few sizes, so that the next one fits as well, and little that is left over. */
function sizeFor(length: number): number {
  const quarter = 2 ** Math.floor(Math.log2(length)) / 4;
  return Math.ceil(length / quarter) * quarter;
}
