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

/** Is told what was found. What it is given lies in the landing: who wants it later must hold or copy it. */
export interface FrameSink {
  /** A message that came whole; nobody holds it yet. */
  message(channel: number, message: ReceivedMessage): void;
  /** A whole frame, but for a body. */
  frame(frame: Frame): void;
  /** A body, or a piece of one. */
  body(channel: number, piece: Buffer): void;
}

export interface FrameReaderOptions {
  readonly landing: ReceiveBuffer;
  readonly sink: FrameSink;
  /** Of a payload, in bytes; 0 is unlimited. */
  readonly maxSize: number;
}

/**
 * Finds the frames in what has landed. A message nearly always comes as three frames in a row, method, header and body, and
 * is taken as one: it stays where it is, and all that is made of it are nine numbers. amqplib copies every chunk behind what
 * is left of the one before and makes eight views of each message.
 *
 * Frames that do not follow each other like that (a body of several frames, another channel in between) are passed on one
 * by one, and a body among them in as many pieces as it comes in.
 */
export class FrameReader {
  private readonly landing: ReceiveBuffer;
  private readonly sink: FrameSink;
  private readonly maxSize: number;
  /** The channel of a body frame whose payload, or end, is still to come. */
  private bodyOf: number | undefined;
  private bodyLeft = 0;

  constructor({ landing, sink, maxSize }: FrameReaderOptions) {
    this.landing = landing;
    this.sink = sink;
    this.maxSize = maxSize;
  }

  /**
   * Passes on the next message, frame, or piece of a body; false until more has landed.
   * @throws RangeError when the bytes are no frame that a broker can mean
   */
  next(): boolean {
    const { landing } = this;
    if (this.bodyOf !== undefined) {
      if (this.bodyLeft > 0) return this.piece(this.bodyOf);
      if (landing.landedTo === landing.readAt) return this.want(1);
      landing.read(this.end(landing.readAt));
      this.bodyOf = undefined;
    }
    const at = landing.readAt;
    const size = this.sizeAt(at);
    if (size === undefined) return false;
    const type = landing.current.bytes[at];
    if (type === FRAME.body) return this.body(at, size);
    if (!this.isHere(at + FRAME_OVERHEAD + size)) return false;
    return type === FRAME.method ? this.method(at, size) : this.take(at, size);
  }

  /** The size of the payload of the frame that begins here; undefined until its head has landed. */
  private sizeAt(at: number): number | undefined {
    if (!this.isHere(at + HEAD_BYTES)) return undefined;
    const size = this.landing.current.bytes.readUInt32BE(at + 3);
    const { maxSize } = this;
    if (maxSize > 0 && size > maxSize) throw new RangeError(`a frame of ${size} bytes exceeds the limit of ${maxSize}`);
    return size;
  }

  /** True when all bytes before this offset have arrived; otherwise asks the receive buffer to wait for them. */
  private isHere(place: number): boolean {
    const { landing } = this;
    return place <= landing.landedTo || this.want(place - landing.readAt);
  }

  private want(bytes: number): false {
    this.landing.want(bytes);
    return false;
  }

  private method(at: number, size: number): boolean {
    const { bytes } = this.landing.current;
    const start = at + HEAD_BYTES;
    if (size < METHOD_ID_BYTES) throw new RangeError('a method is incomplete');
    if (bytes.readUInt32BE(start) !== METHOD.basicDeliver) return this.take(at, size);
    const extent = { chunk: bytes, start, end: start + size };
    const found = this.message(readDeliver(extent), extent);
    return found === 'in parts' ? this.take(at, size) : found;
  }

  /** Passes on the message that a basic.deliver begins, if the other two frames follow; false until they have landed. */
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
      this.landing.read(afterHeader);
      return this.whole(channel, deliver, { ...extents, bodyAt: header.end });
    }
    const bodySize = this.sizeAt(afterHeader);
    if (bodySize === undefined) return false;
    if (bodySize !== bodyLength || !this.isFrame(afterHeader, FRAME.body, channel)) return 'in parts';
    if (!this.isHere(extents.bodyAt + bodySize + 1)) return false;
    this.landing.read(this.end(extents.bodyAt + bodySize));
    return this.whole(channel, deliver, extents);
  }

  private whole(
    channel: number,
    deliver: DeliverFields,
    extents: ConstructorParameters<typeof ReceivedMessage>[2],
  ): true {
    this.sink.message(channel, new ReceivedMessage(deliver, this.landing.current, extents));
    return true;
  }

  private isFrame(at: number, type: number, channel: number): boolean {
    const { bytes } = this.landing.current;
    return bytes[at] === type && bytes.readUInt16BE(at + 1) === channel;
  }

  private take(at: number, size: number): true {
    const { bytes: chunk } = this.landing.current;
    const start = at + HEAD_BYTES;
    const end = start + size;
    this.landing.read(this.end(end));
    this.sink.frame({ type: chunk[at] ?? 0, channel: chunk.readUInt16BE(at + 1), chunk, start, end });
    return true;
  }

  private body(at: number, size: number): boolean {
    const channel = this.landing.current.bytes.readUInt16BE(at + 1);
    this.landing.read(at + HEAD_BYTES);
    this.bodyOf = channel;
    this.bodyLeft = size;
    if (size > 0) return this.piece(channel);
    this.sink.body(channel, EMPTY);
    return true;
  }

  private piece(channel: number): boolean {
    const { landing } = this;
    const at = landing.readAt;
    const end = Math.min(landing.landedTo, at + this.bodyLeft);
    if (end === at) return this.want(1);
    landing.read(end);
    this.bodyLeft -= end - at;
    this.sink.body(channel, landing.current.bytes.subarray(at, end));
    return true;
  }

  /** The place behind the end of a frame, which must be here. */
  private end(at: number): number {
    if (this.landing.current.bytes[at] !== FRAME_END)
      throw new RangeError('a frame does not end with its frame-end octet');
    return at + 1;
  }
}

const EMPTY = Buffer.alloc(0);
