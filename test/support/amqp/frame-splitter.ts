/** One frame of AMQP 0-9-1 (2.3.5): type, channel and size, the payload, and the end octet 0xCE. */
export interface AmqpFrame {
  /** 1 method, 2 content header, 3 content body, 8 heartbeat. */
  readonly type: number;
  readonly channel: number;
  readonly payload: Buffer;
  /** `class.method` of a method frame, `60.80` for basic.ack; an empty string for any other. */
  readonly method: string;
}

export interface AmqpPiece {
  /** All bytes of the piece, the frame's own seven and its end included. */
  readonly bytes: Buffer;
  /** Undefined for the protocol header, and for a stream that is not AMQP. */
  readonly frame: AmqpFrame | undefined;
}

const PROTOCOL_HEADER_SIZE = 8;
const FRAME_HEADER_SIZE = 7;
const FRAME_END_SIZE = 1;
const METHOD = 1;

/**
 * Splits the bytes of a client into whole frames. A stream without AMQP's protocol header passes unchanged.
 *
 *     beginning ── protocol header ──▶ frames
 *         └── anything else ──▶ foreign
 */
export class FrameSplitter {
  #state: 'beginning' | 'frames' | 'foreign' = 'beginning';
  #waiting: Buffer = Buffer.alloc(0);

  /** The pieces that this chunk completes; the rest waits for the next one. */
  split(chunk: Buffer): AmqpPiece[] {
    this.#waiting = Buffer.concat([this.#waiting, chunk]);
    const pieces: AmqpPiece[] = [];
    for (let piece = this.#next(); piece !== undefined; piece = this.#next()) pieces.push(piece);
    return pieces;
  }

  #next(): AmqpPiece | undefined {
    if (this.#state === 'beginning') return this.#begin();
    if (this.#state === 'foreign') return this.#take(this.#waiting.length);
    if (this.#waiting.length < FRAME_HEADER_SIZE) return undefined;
    return this.#take(FRAME_HEADER_SIZE + this.#waiting.readUInt32BE(3) + FRAME_END_SIZE, parse);
  }

  #begin(): AmqpPiece | undefined {
    const known = Math.min(4, this.#waiting.length);
    if (this.#waiting.toString('latin1', 0, known) !== 'AMQP'.slice(0, known)) {
      this.#state = 'foreign';
      return this.#next();
    }
    const header = this.#take(PROTOCOL_HEADER_SIZE);
    if (header !== undefined) this.#state = 'frames';
    return header;
  }

  #take(length: number, read?: (bytes: Buffer) => AmqpFrame): AmqpPiece | undefined {
    if (length === 0 || this.#waiting.length < length) return undefined;
    const bytes = this.#waiting.subarray(0, length);
    this.#waiting = this.#waiting.subarray(length);
    return { bytes, frame: read?.(bytes) };
  }
}

function parse(bytes: Buffer): AmqpFrame {
  const type = bytes.readUInt8(0);
  const payload = bytes.subarray(FRAME_HEADER_SIZE, bytes.length - FRAME_END_SIZE);
  const method = type === METHOD ? `${payload.readUInt16BE(0)}.${payload.readUInt16BE(2)}` : '';
  return { type, channel: bytes.readUInt16BE(1), payload, method };
}
