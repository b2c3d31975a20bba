import { type MessageMemory, SEGMENT_BYTES, type Segment } from '../messages/message-memory.js';

/** A read into less space than this is not worth its system call. */
const LEAST_READ = 16 * 1024;
/** What needs more than this lies in a segment of its own, so that it keeps nothing alive but itself. */
const LARGE = SEGMENT_BYTES / 2;
/** Behind a large message, no more is read into its segment: enough to tell how large the next one is. */
const AHEAD = 1024;
/** Beyond what is waited for, no more may lie here unread: whoever sends so much before it is asked is no broker. */
const MOST_UNASKED = 1024 * 1024;

/**
 * Where the bytes of one socket land. The kernel writes them into the message memory, and there they stay until the messages
 * among them are answered: nothing on this thread copies them, but for the beginning of a message that does not fit into
 * the rest of its segment.
 *
 *     landing ── the rest is too short for what must lie together ──▶ a new segment, with what was not read yet
 *        └────── all is read and nobody holds the segment ──▶ the same segment from its beginning
 */
export class ReceiveBuffer {
  private readonly memory: MessageMemory;
  private segment: Segment | undefined;
  private start = 0;
  private end = 0;
  /** What must lie together, in bytes from the first one that was not read. */
  private wanted = 0;

  constructor(memory: MessageMemory) {
    this.memory = memory;
  }

  /** Where the unread bytes are. */
  get current(): Segment {
    this.segment ??= this.memory.open();
    return this.segment;
  }

  /** The place of the first unread byte. */
  get readAt(): number {
    return this.start;
  }

  /** The place behind the last byte that has landed. */
  get landedTo(): number {
    return this.end;
  }

  /** All before this place is read. */
  read(to: number): void {
    this.start = to;
    this.wanted = 0;
  }

  /** Nothing can be read before so many unread bytes are here, together. */
  want(bytes: number): undefined {
    this.wanted = bytes;
  }

  /** The space for the next read. From now on, bytes that were read and are not held may be overwritten. */
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

  /**
   * So many bytes have come into the space that was given last.
   * @throws RangeError when far more lies here than anybody waits for
   */
  landed(bytes: number): void {
    this.end += bytes;
    if (this.end - this.start > this.wanted + MOST_UNASKED) {
      throw new RangeError(`${this.end - this.start} unexpected bytes arrived`);
    }
  }

  /** Nobody wants what is here, or what still comes. */
  discard(): void {
    this.read(this.end);
  }

  /** The socket is closed: nothing writes here any more. */
  close(): void {
    this.segment?.release();
    this.segment = undefined;
    this.start = this.end = 0;
  }

  private fits(needed: number): boolean {
    const { length } = this.current.bytes;
    if (needed > LARGE) return this.start + needed <= length;
    // What is left of a large message's segment would be kept alive by small ones.
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
