import { type MessageMemory, SEGMENT_BYTES, type Segment } from '../messages/message-memory.js';

/** A smaller read is not worth its system call. */
const LEAST_READ = 16 * 1024;
/** Larger messages get a segment of their own, so that they keep no others alive. */
const LARGE = SEGMENT_BYTES / 2;
/** Read behind a large message: enough to see the size of the next. */
const AHEAD = 1024;
/** A peer that sends so much more than is awaited is not a broker. */
const MOST_UNASKED = 1024 * 1024;

/**
 * Receives the bytes of a socket. The kernel writes them into message memory, where they stay until their messages are
 * answered; only the beginning of a message that exceeds its segment is copied.
 *
 *     receiving ── the segment is too short for what must be contiguous ──▶ a new segment, with the unread bytes
 *         └─────── everything is read and nobody holds the segment ──▶ the same segment from its beginning
 */
export class ReceiveBuffer {
  private readonly memory: MessageMemory;
  private segment: Segment | undefined;
  private start = 0;
  private end = 0;
  /** Bytes from `readAt` on that must be contiguous. */
  private wanted = 0;

  constructor(memory: MessageMemory) {
    this.memory = memory;
  }

  get current(): Segment {
    this.segment ??= this.memory.open();
    return this.segment;
  }

  get readAt(): number {
    return this.start;
  }

  get receivedTo(): number {
    return this.end;
  }

  read(to: number): void {
    this.start = to;
    this.wanted = 0;
  }

  want(bytes: number): undefined {
    this.wanted = bytes;
  }

  /** Returns the space for the next read; it may overlap read bytes that nobody holds. */
  space(): Uint8Array {
    const unread = this.end - this.start;
    const needed = Math.max(this.wanted, unread + 1);
    if (unread === 0 && this.current.isHeldOnce) this.start = this.end = 0;
    if (!this.fits(needed)) this.turnOver(needed);
    const { bytes } = this.current;
    return bytes.subarray(
      this.end,
      needed > LARGE ? Math.min(bytes.length, this.start + needed + AHEAD) : bytes.length,
    );
  }

  /** @throws RangeError when far more bytes are unread than awaited */
  received(bytes: number): void {
    this.end += bytes;
    if (this.end - this.start > this.wanted + MOST_UNASKED) {
      throw new RangeError(`${this.end - this.start} unexpected bytes arrived`);
    }
  }

  discard(): void {
    this.read(this.end);
  }

  close(): void {
    this.segment?.release();
    this.segment = undefined;
    this.start = this.end = 0;
  }

  private fits(needed: number): boolean {
    const { length } = this.current.bytes;
    if (needed > LARGE) return this.start + needed <= length;
    // Small messages would keep the rest of a large message's segment alive.
    return length === SEGMENT_BYTES && Math.max(this.start + needed, this.end + LEAST_READ) <= length;
  }

  private turnOver(needed: number): void {
    const old = this.current;
    const segment = this.memory.open(needed > LARGE ? needed + AHEAD : SEGMENT_BYTES);
    segment.bytes.set(old.bytes.subarray(this.start, this.end));
    this.end -= this.start;
    this.start = 0;
    this.segment = segment;
    old.release();
  }
}
