import { Duplex } from 'node:stream';
import { MessageMemory } from '../../../src/amqp/index.js';
import { Wire } from '../../../src/amqp/wire/index.js';
import { type Frame, splitFrames } from './amqp-frames.js';

const LARGEST_FRAME_BYTES = 1024 * 1024;

/** A wire whose socket is the test, which records its writes and plays the broker. */
export class WireEnd extends Duplex {
  readonly wire: Wire;
  /** The bytes of each write. */
  readonly writes: Buffer[] = [];
  /** Called with each write. */
  onWrite: (chunk: Buffer) => void = () => undefined;
  /** Gets the function that ends each write, as with a full socket. */
  holds: ((done: () => void) => void) | undefined;

  constructor(memory = new MessageMemory()) {
    super({ autoDestroy: false, emitClose: true });
    this.wire = new Wire({ memory, largestFrameBytes: LARGEST_FRAME_BYTES });
    this.wire.attach(this);
  }

  /** The frames that were sent, without the protocol header. */
  get sent(): readonly Frame[] {
    const bytes = Buffer.concat(this.writes);
    return splitFrames(bytes.subarray(bytes.toString('latin1', 0, 4) === 'AMQP' ? 8 : 0)).frames;
  }

  /** Passes bytes of the broker in as many reads as the wire needs. False: it reads no more. */
  say(...parts: readonly Uint8Array[]): boolean {
    const bytes = Buffer.concat(parts);
    let isRead = true;
    for (let at = 0; at < bytes.length && isRead; ) {
      const space = this.space();
      const piece = bytes.subarray(at, at + space.length);
      space.set(piece);
      isRead = this.wire.onread.callback(piece.length, space);
      at += piece.length;
    }
    return isRead;
  }

  override _read(): void {
    // The wire reads by `onread`.
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.note(chunk);
    if (this.holds === undefined) done();
    else this.holds(done);
  }

  override _writev(chunks: readonly { readonly chunk: Buffer }[], done: () => void): void {
    this.note(Buffer.concat(chunks.map(({ chunk }) => chunk)));
    done();
  }

  private note(chunk: Buffer): void {
    this.writes.push(chunk);
    this.onWrite(chunk);
  }

  private space(): Uint8Array {
    const { onread } = this.wire;
    return typeof onread.buffer === 'function' ? onread.buffer() : onread.buffer;
  }
}
