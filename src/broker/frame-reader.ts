import { BASIC_CLASS, BASIC_DELIVER, type Extent, RawDeliver, readContentHeader } from './content-frames.js';
import { checkFrame, type DecodedFrame } from './frame-check.js';

/**
 * Takes frames out of the socket's chunks. amqplib copies every chunk behind what is left of the one before and makes eight
 * views of each message; this makes three and copies only the heads that lie across chunks. A body comes in as many pieces
 * as the chunks cut it into: none of them is put together only to be copied once more.
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
const END = 0xce;

export class FrameReader {
  private readonly decodePlain: (frame: PlainFrame) => DecodedFrame;
  private chunk: Buffer = Buffer.alloc(0);
  private at = 0;
  private pending: Buffer[] = [];
  private pendingBytes = 0;
  /** The channel of a body frame whose payload, or end, is still to come. */
  private bodyOf: number | undefined;
  private bodyLeft = 0;

  constructor(decodePlain: (frame: PlainFrame) => DecodedFrame) {
    this.decodePlain = decodePlain;
  }

  push(chunk: Buffer): void {
    this.pending.push(chunk);
    this.pendingBytes += chunk.length;
  }

  /**
   * The next frame, or piece of a body; undefined until more is pushed.
   * @param maxSize of a payload, in bytes; 0 is unlimited
   * @throws RangeError, or an error of amqplib, when the bytes are no frame that a broker can mean
   */
  next(maxSize: number): DecodedFrame | undefined {
    while (this.bodyOf !== undefined) {
      if (this.bodyLeft > 0) return this.piece(this.bodyOf);
      if (!this.has(1)) return undefined;
      this.end();
      this.bodyOf = undefined;
    }
    if (!this.has(HEADER_BYTES)) return undefined;
    const type = this.chunk[this.at] ?? 0;
    const size = this.chunk.readUInt32BE(this.at + 3);
    if (maxSize > 0 && size > maxSize) throw new RangeError(`a frame of ${size} bytes exceeds the limit of ${maxSize}`);
    if (type === TYPE.body) return this.body(size);
    return this.has(HEADER_BYTES + size + 1) ? this.take(type, size) : undefined;
  }

  private take(type: number, size: number): DecodedFrame {
    const { chunk, at } = this;
    const extent = { chunk, start: at + HEADER_BYTES, end: at + HEADER_BYTES + size };
    this.at = extent.end;
    this.end();
    return checkFrame(this.decode(type, chunk.readUInt16BE(at + 1), extent));
  }

  private decode(type: number, channel: number, extent: Extent): DecodedFrame {
    const { chunk, start, end } = extent;
    const size = end - start;
    if (type === TYPE.header && size >= 2 && chunk.readUInt16BE(start) === BASIC_CLASS) {
      return { id: BASIC_CLASS, channel, ...readContentHeader(extent) };
    }
    if (type === TYPE.method && size >= 4 && chunk.readUInt32BE(start) === BASIC_DELIVER) {
      return { id: BASIC_DELIVER, channel, fields: new RawDeliver(extent) };
    }
    return this.decodePlain({ type, channel, size, payload: chunk.subarray(start, end) });
  }

  private body(size: number): DecodedFrame | undefined {
    const channel = this.chunk.readUInt16BE(this.at + 1);
    this.at += HEADER_BYTES;
    this.bodyOf = channel;
    this.bodyLeft = size;
    return size === 0 ? { channel, content: EMPTY } : this.piece(channel);
  }

  private piece(channel: number): DecodedFrame | undefined {
    if (!this.has(1)) return undefined;
    const { chunk, at } = this;
    const end = Math.min(chunk.length, at + this.bodyLeft);
    this.at = end;
    this.bodyLeft -= end - at;
    return { channel, content: chunk.subarray(at, end) };
  }

  private end(): void {
    if (this.chunk[this.at] !== END) throw new RangeError('a frame does not end where it should');
    this.at++;
  }

  /** True when so many bytes lie in the current chunk; makes them so when the next chunks have them. */
  private has(bytes: number): boolean {
    const here = this.chunk.length - this.at;
    if (here >= bytes) return true;
    const { pending: more } = this;
    if (more.length === 0 || here + this.pendingBytes < bytes) return false;
    const [first] = more;
    const isPlain = here === 0 && more.length === 1 && first !== undefined;
    this.chunk = isPlain ? first : Buffer.concat([this.chunk.subarray(this.at), ...more]);
    this.at = 0;
    this.pending = [];
    this.pendingBytes = 0;
    return true;
  }
}

const EMPTY = Buffer.alloc(0);
