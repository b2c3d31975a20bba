import { BASIC_CLASS, BASIC_DELIVER, type Extent, RawDeliver, readContentHeader } from './content-frames.js';
import { checkFrame, type DecodedFrame } from './frame-check.js';

/**
 * Takes frames out of the socket's chunks. amqplib copies every chunk behind what is left of the one before and makes eight
 * views of each message; this makes three, and copies only frames that lie across chunks, once each.
 */

/** A frame that is not part of a message, for amqplib to decode. */
export interface PlainFrame {
  readonly type: number;
  readonly channel: number;
  readonly size: number;
  readonly payload: Buffer;
}

const TYPE = { method: 1, header: 2, body: 3 } as const;
const HEADER_BYTES = 7;
const END_BYTES = 1;
const END = 0xce;

export class FrameReader {
  private readonly decodePlain: (frame: PlainFrame) => DecodedFrame;
  private chunk: Buffer = Buffer.alloc(0);
  private at = 0;
  /** Chunks behind the current one, of which its last frame has not enough. */
  private more: Buffer[] = [];
  private moreBytes = 0;

  constructor(decodePlain: (frame: PlainFrame) => DecodedFrame) {
    this.decodePlain = decodePlain;
  }

  push(chunk: Buffer): void {
    this.more.push(chunk);
    this.moreBytes += chunk.length;
  }

  /**
   * The next frame, or undefined until more is pushed.
   * @param maxSize of a payload, in bytes; 0 is unlimited
   * @throws RangeError, or an error of amqplib, when the bytes are no frame that a broker can mean
   */
  next(maxSize: number): DecodedFrame | undefined {
    if (!this.has(HEADER_BYTES)) return undefined;
    const { chunk, at } = this;
    const size = chunk.readUInt32BE(at + 3);
    if (maxSize > 0 && size > maxSize) throw new RangeError(`a frame of ${size} bytes exceeds the limit of ${maxSize}`);
    if (!this.has(HEADER_BYTES + size + END_BYTES)) return undefined;
    return this.take(size);
  }

  private take(size: number): DecodedFrame {
    // Not the chunk that `next` looked at: the whole frame may have been put together since.
    const { chunk, at } = this;
    const start = at + HEADER_BYTES;
    const end = start + size;
    if (chunk[end] !== END) throw new RangeError('a frame does not end where it should');
    this.at = end + END_BYTES;
    return checkFrame(this.decode({ chunk, start, end }, at));
  }

  private decode(extent: Extent, at: number): DecodedFrame {
    const { chunk, start, end } = extent;
    const type = chunk[at] ?? 0;
    const channel = chunk.readUInt16BE(at + 1);
    if (type === TYPE.body) return { channel, content: chunk.subarray(start, end) };
    if (type === TYPE.header && end - start >= 2 && chunk.readUInt16BE(start) === BASIC_CLASS) {
      return { id: BASIC_CLASS, channel, ...readContentHeader(extent) };
    }
    if (type === TYPE.method && end - start >= 4 && chunk.readUInt32BE(start) === BASIC_DELIVER) {
      return { id: BASIC_DELIVER, channel, fields: new RawDeliver(extent) };
    }
    return this.decodePlain({ type, channel, size: end - start, payload: chunk.subarray(start, end) });
  }

  /** True when so many bytes lie in the current chunk; makes them so when the next chunks have them. */
  private has(bytes: number): boolean {
    const here = this.chunk.length - this.at;
    if (here >= bytes) return true;
    if (here + this.moreBytes < bytes) return false;
    const rest = this.chunk.subarray(this.at);
    this.chunk = here === 0 && this.more.length === 1 ? (this.more[0] ?? rest) : Buffer.concat([rest, ...this.more]);
    this.at = 0;
    this.more = [];
    this.moreBytes = 0;
    return true;
  }
}
