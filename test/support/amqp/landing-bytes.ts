import type { DecodedFrame } from '../../../src/broker/frame-check.js';
import { FrameReader, type PlainFrame } from '../../../src/broker/frame-reader.js';
import { Landing } from '../../../src/broker/landing.js';
import { MessageMemory } from '../../../src/protocol/index.js';

export interface LandingOptions {
  readonly decodePlain: (frame: PlainFrame) => DecodedFrame;
  readonly memory?: MessageMemory;
  readonly onFrame: (frame: DecodedFrame) => void;
  /** Of a payload; 0, the default, is unlimited. */
  readonly maxSize?: number;
}

/** A reader and its landing, fed by hand as a socket would: what it finds is passed on after each read. */
export class LandingBytes {
  private readonly landing: Landing;
  private readonly reader: FrameReader;
  private readonly options: LandingOptions;

  constructor(options: LandingOptions) {
    this.options = options;
    this.landing = new Landing(options.memory ?? new MessageMemory());
    this.reader = new FrameReader({ landing: this.landing, decodePlain: options.decodePlain });
  }

  /** One chunk of the socket, in as many reads as the landing has room for. */
  push(chunk: Uint8Array): void {
    const { maxSize = 0, onFrame } = this.options;
    for (let at = 0; at < chunk.length; ) {
      const space = this.landing.space();
      const piece = chunk.subarray(at, at + space.length);
      space.set(piece);
      this.landing.landed(piece.length);
      at += piece.length;
      for (let frame = this.reader.next(maxSize); frame !== undefined; frame = this.reader.next(maxSize)) {
        onFrame(frame);
      }
    }
  }

  close(): void {
    this.landing.close();
  }
}
