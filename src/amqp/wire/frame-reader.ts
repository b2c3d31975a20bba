import { ReceivedMessage } from '../messages/received-message.js';
import {
  BASIC_CLASS,
  type Extent,
  FRAME,
  FRAME_END,
  FRAME_OVERHEAD,
  type Frame,
  HEAD_BYTES,
  METHOD,
  METHOD_ID_BYTES,
} from './frames.js';
import { type DeliverFields, readContentHeader, readDeliver } from './incoming-methods.js';
import type { ReceiveBuffer } from './receive-buffer.js';

/** Gets frames; their bytes are in the receive buffer, so hold or copy them to keep them. */
export interface FrameSink {
  message(channel: number, message: ReceivedMessage): void;
  frame(frame: Frame): void;
  body(channel: number, piece: Buffer): void;
}

export interface FrameReaderOptions {
  readonly buffer: ReceiveBuffer;
  readonly sink: FrameSink;
  /** Bytes of a payload; 0 is unlimited. */
  readonly maxSize: number;
}

/**
 * Finds the frames in the receive buffer. A message nearly always comes as three frames in a row (method, header,
 * body); then it stays where it is, and costs nine numbers. amqplib copies chunks and makes eight views of each
 * message. Other frames are passed on one by one, bodies in pieces.
 */
export class FrameReader {
  private readonly buffer: ReceiveBuffer;
  private readonly sink: FrameSink;
  private readonly maxSize: number;
  private bodyOf: number | undefined;
  private bodyLeft = 0;

  constructor({ buffer, sink, maxSize }: FrameReaderOptions) {
    this.buffer = buffer;
    this.sink = sink;
    this.maxSize = maxSize;
  }

  /**
   * False until more has been received.
   * @throws RangeError when the bytes are not a valid frame
   */
  next(): boolean {
    const { buffer } = this;
    if (this.bodyOf !== undefined) {
      if (this.bodyLeft > 0) return this.piece(this.bodyOf);
      if (buffer.receivedTo === buffer.readAt) return this.want(1);
      buffer.read(this.end(buffer.readAt));
      this.bodyOf = undefined;
    }
    const at = buffer.readAt;
    const size = this.sizeAt(at);
    if (size === undefined) return false;
    const type = buffer.current.bytes[at];
    if (type === FRAME.body) return this.body(at, size);
    if (!this.isHere(at + FRAME_OVERHEAD + size)) return false;
    return type === FRAME.method ? this.method(at, size) : this.take(at, size);
  }

  /** Undefined until the head has been received. */
  private sizeAt(at: number): number | undefined {
    if (!this.isHere(at + HEAD_BYTES)) return undefined;
    const size = this.buffer.current.bytes.readUInt32BE(at + 3);
    const { maxSize } = this;
    if (maxSize > 0 && size > maxSize) throw new RangeError(`a frame of ${size} bytes exceeds the limit of ${maxSize}`);
    return size;
  }

  /** Otherwise asks the buffer for the bytes. */
  private isHere(place: number): boolean {
    const { buffer } = this;
    return place <= buffer.receivedTo || this.want(place - buffer.readAt);
  }

  private want(bytes: number): false {
    this.buffer.want(bytes);
    return false;
  }

  private method(at: number, size: number): boolean {
    const { bytes } = this.buffer.current;
    const start = at + HEAD_BYTES;
    if (size < METHOD_ID_BYTES) throw new RangeError('a method is incomplete');
    if (bytes.readUInt32BE(start) !== METHOD.basicDeliver) return this.take(at, size);
    const extent = { chunk: bytes, start, end: start + size };
    const found = this.message(readDeliver(extent), extent);
    return found === 'in parts' ? this.take(at, size) : found;
  }

  /** False until the message has been received. */
  private message(deliver: DeliverFields, method: Extent): boolean | 'in parts' {
    const { chunk: bytes } = method;
    const channel = bytes.readUInt16BE(method.start - HEAD_BYTES + 1);
    const headerAt = this.end(method.end);
    const headerSize = this.sizeAt(headerAt);
    if (headerSize === undefined) return false;
    const header = { chunk: bytes, start: headerAt + HEAD_BYTES, end: headerAt + HEAD_BYTES + headerSize };
    if (!this.isFrame(headerAt, FRAME.header, channel)) return 'in parts';
    if (!this.isHere(header.end + 1)) return false;
    if (bytes.readUInt16BE(header.start) !== BASIC_CLASS) return 'in parts';
    const { size: bodyLength, propertiesAt } = readContentHeader(header);
    const afterHeader = this.end(header.end);
    const extents = {
      routeAt: deliver.routeAt,
      routeLength: method.end - deliver.routeAt,
      propertiesAt,
      propertiesLength: header.end - propertiesAt,
      bodyAt: afterHeader + HEAD_BYTES,
      bodyLength,
    };
    if (bodyLength === 0) {
      this.buffer.read(afterHeader);
      return this.whole(channel, deliver, { ...extents, bodyAt: header.end });
    }
    const bodySize = this.sizeAt(afterHeader);
    if (bodySize === undefined) return false;
    if (bodySize !== bodyLength || !this.isFrame(afterHeader, FRAME.body, channel)) return 'in parts';
    if (!this.isHere(extents.bodyAt + bodySize + 1)) return false;
    this.buffer.read(this.end(extents.bodyAt + bodySize));
    return this.whole(channel, deliver, extents);
  }

  private whole(
    channel: number,
    deliver: DeliverFields,
    extents: ConstructorParameters<typeof ReceivedMessage>[2],
  ): true {
    this.sink.message(channel, new ReceivedMessage(deliver, this.buffer.current, extents));
    return true;
  }

  private isFrame(at: number, type: number, channel: number): boolean {
    const { bytes } = this.buffer.current;
    return bytes[at] === type && bytes.readUInt16BE(at + 1) === channel;
  }

  private take(at: number, size: number): true {
    const { bytes: chunk } = this.buffer.current;
    const start = at + HEAD_BYTES;
    const end = start + size;
    this.buffer.read(this.end(end));
    this.sink.frame({ type: chunk[at] ?? 0, channel: chunk.readUInt16BE(at + 1), chunk, start, end });
    return true;
  }

  private body(at: number, size: number): boolean {
    const channel = this.buffer.current.bytes.readUInt16BE(at + 1);
    this.buffer.read(at + HEAD_BYTES);
    this.bodyOf = channel;
    this.bodyLeft = size;
    if (size > 0) return this.piece(channel);
    this.sink.body(channel, EMPTY);
    return true;
  }

  private piece(channel: number): boolean {
    const { buffer } = this;
    const at = buffer.readAt;
    const end = Math.min(buffer.receivedTo, at + this.bodyLeft);
    if (end === at) return this.want(1);
    buffer.read(end);
    this.bodyLeft -= end - at;
    this.sink.body(channel, buffer.current.bytes.subarray(at, end));
    return true;
  }

  private end(at: number): number {
    if (this.buffer.current.bytes[at] !== FRAME_END)
      throw new RangeError('a frame does not end with its frame-end octet');
    return at + 1;
  }
}

const EMPTY = Buffer.alloc(0);
