import { ReceivedMessage } from '../amqp/index.js';
import {
  BASIC_CLASS,
  BASIC_DELIVER,
  type DeliverFields,
  type Extent,
  RawDeliver,
  RawProperties,
  readContentHeader,
  readDeliver,
} from './content-frames.js';
import { checkFrame, type DecodedFrame } from './frame-check.js';
import type { Landing } from './landing.js';

/**
 * Finds the frames in what has landed. A message nearly always comes as three frames in a row, method, header and body, and
 * is taken as one: it stays where it is, and all that is made of it are nine numbers. amqplib copies every chunk behind what
 * is left of the one before and makes eight views of each message.
 *
 * Frames that do not follow each other like that (a body of several frames, another channel in between) are passed on one
 * by one, and a body among them in as many pieces as it comes in.
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
/** All of a frame but its payload. */
const FRAME_BYTES = HEADER_BYTES + 1;
const END = 0xce;
/** What is read of a connection that is over, in case its end is near. */
const MOST_IGNORED = 1024 * 1024;

export interface FrameReaderOptions {
  readonly landing: Landing;
  readonly decodePlain: (frame: PlainFrame) => DecodedFrame;
}

export class FrameReader {
  private readonly landing: Landing;
  private readonly decodePlain: (frame: PlainFrame) => DecodedFrame;
  /** The channel of a body frame whose payload, or end, is still to come. */
  private bodyOf: number | undefined;
  private bodyLeft = 0;
  private isClosed = false;
  private ignored = 0;

  constructor({ landing, decodePlain }: FrameReaderOptions) {
    this.landing = landing;
    this.decodePlain = decodePlain;
  }

  /**
   * The next message, frame, or piece of a body; undefined until more has landed. Messages and pieces lie in the landing:
   * who wants them later must hold or copy them before it is asked for space.
   * @param maxSize of a payload, in bytes; 0 is unlimited
   * @throws RangeError, or an error of amqplib, when the bytes are no frame that a broker can mean
   */
  next(maxSize: number): DecodedFrame | undefined {
    const { landing } = this;
    if (this.bodyOf !== undefined) {
      if (this.bodyLeft > 0) return this.piece(this.bodyOf);
      if (landing.landedTo === landing.readAt) return landing.want(1);
      landing.read(this.end(landing.readAt));
      this.bodyOf = undefined;
    }
    const at = landing.readAt;
    const size = this.sizeAt(at, maxSize);
    if (size === undefined) return undefined;
    const type = landing.current.bytes[at];
    if (type === TYPE.body) return this.body(at, size);
    if (!this.isHere(at + FRAME_BYTES + size)) return undefined;
    return type === TYPE.method ? this.method(at, size, maxSize) : this.take(at, size);
  }

  /** The connection is over: nothing is read any more but the end of the stream. */
  close(): void {
    this.isClosed = true;
  }

  /** So many bytes have come. False: nobody listens, and a peer that still sends is not to be read any longer. */
  landed(bytes: number): boolean {
    this.landing.landed(bytes);
    if (!this.isClosed) return true;
    this.landing.discard();
    this.ignored += bytes;
    return this.ignored < MOST_IGNORED;
  }

  /** The size of the payload of the frame that begins here; undefined until its head has landed. */
  private sizeAt(at: number, maxSize: number): number | undefined {
    if (!this.isHere(at + HEADER_BYTES)) return undefined;
    const size = this.landing.current.bytes.readUInt32BE(at + 3);
    if (maxSize > 0 && size > maxSize) throw new RangeError(`a frame of ${size} bytes exceeds the limit of ${maxSize}`);
    return size;
  }

  /** True when everything before this place has landed; else the landing is told what to wait for. */
  private isHere(place: number): boolean {
    const { landing } = this;
    if (place <= landing.landedTo) return true;
    landing.want(place - landing.readAt);
    return false;
  }

  private method(at: number, size: number, maxSize: number): DecodedFrame | undefined {
    const { bytes } = this.landing.current;
    const start = at + HEADER_BYTES;
    if (size < 4 || bytes.readUInt32BE(start) !== BASIC_DELIVER) return this.take(at, size);
    const extent = { chunk: bytes, start, end: start + size };
    const message = this.message(readDeliver(extent), extent, maxSize);
    if (message !== 'in parts') return message;
    this.landing.read(this.end(extent.end));
    return { id: BASIC_DELIVER, channel: bytes.readUInt16BE(at + 1), fields: new RawDeliver(extent) };
  }

  /** The message that a basic.deliver begins, if the other two frames follow; undefined until they have landed. */
  private message(deliver: DeliverFields, method: Extent, maxSize: number): DecodedFrame | undefined | 'in parts' {
    const { chunk: bytes } = method;
    const channel = bytes.readUInt16BE(method.start - HEADER_BYTES + 1);
    const headerAt = this.end(method.end);
    const headerSize = this.sizeAt(headerAt, maxSize);
    if (headerSize === undefined) return undefined;
    const header = { chunk: bytes, start: headerAt + HEADER_BYTES, end: headerAt + HEADER_BYTES + headerSize };
    if (!this.isFrame(headerAt, TYPE.header, channel)) return 'in parts';
    if (!this.isHere(header.end + 1)) return undefined;
    if (bytes.readUInt16BE(header.start) !== BASIC_CLASS) return 'in parts';
    const { size: bodyLength, propertiesAt } = readContentHeader(header);
    const afterHeader = this.end(header.end);
    const extents = {
      routeAt: deliver.routeAt,
      routeLength: method.end - deliver.routeAt,
      propertiesAt,
      propertiesLength: header.end - propertiesAt,
      bodyAt: afterHeader + HEADER_BYTES,
      bodyLength,
    };
    if (bodyLength === 0) {
      this.landing.read(afterHeader);
      return this.whole(channel, deliver, { ...extents, bodyAt: header.end });
    }
    const bodySize = this.sizeAt(afterHeader, maxSize);
    if (bodySize === undefined) return undefined;
    if (bodySize !== bodyLength || !this.isFrame(afterHeader, TYPE.body, channel)) return 'in parts';
    if (!this.isHere(extents.bodyAt + bodySize + 1)) return undefined;
    this.landing.read(this.end(extents.bodyAt + bodySize));
    return this.whole(channel, deliver, extents);
  }

  private whole(
    channel: number,
    deliver: DeliverFields,
    extents: ConstructorParameters<typeof ReceivedMessage>[2],
  ): DecodedFrame {
    const message = new ReceivedMessage(deliver, this.landing.current, extents);
    return { id: BASIC_DELIVER, channel, fields: message };
  }

  private isFrame(at: number, type: number, channel: number): boolean {
    const { bytes } = this.landing.current;
    return bytes[at] === type && bytes.readUInt16BE(at + 1) === channel;
  }

  private take(at: number, size: number): DecodedFrame {
    const { bytes } = this.landing.current;
    const extent = { chunk: bytes, start: at + HEADER_BYTES, end: at + HEADER_BYTES + size };
    this.landing.read(this.end(extent.end));
    return checkFrame(this.decode(bytes[at] ?? 0, bytes.readUInt16BE(at + 1), extent));
  }

  private decode(type: number, channel: number, extent: Extent): DecodedFrame {
    const { chunk, start, end } = extent;
    if (type === TYPE.header && end - start >= 2 && chunk.readUInt16BE(start) === BASIC_CLASS) {
      const { size, propertiesAt } = readContentHeader(extent);
      return {
        id: BASIC_CLASS,
        channel,
        size,
        fields: new RawProperties(Buffer.from(chunk.subarray(propertiesAt, end))),
      };
    }
    // amqplib may keep what it finds in there.
    return this.decodePlain({ type, channel, size: end - start, payload: Buffer.from(chunk.subarray(start, end)) });
  }

  private body(at: number, size: number): DecodedFrame | undefined {
    const channel = this.landing.current.bytes.readUInt16BE(at + 1);
    this.landing.read(at + HEADER_BYTES);
    this.bodyOf = channel;
    this.bodyLeft = size;
    return size === 0 ? { channel, content: EMPTY } : this.piece(channel);
  }

  private piece(channel: number): DecodedFrame | undefined {
    const { landing } = this;
    const at = landing.readAt;
    const end = Math.min(landing.landedTo, at + this.bodyLeft);
    if (end === at) return landing.want(1);
    landing.read(end);
    this.bodyLeft -= end - at;
    return { channel, content: landing.current.bytes.subarray(at, end) };
  }

  /** The place behind the end of a frame, which must be here. */
  private end(at: number): number {
    if (this.landing.current.bytes[at] !== END) throw new RangeError('a frame does not end where it should');
    return at + 1;
  }
}

const EMPTY = Buffer.alloc(0);
