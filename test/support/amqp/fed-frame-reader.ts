import { MessageMemory } from '../../../src/amqp/index.js';
import { FrameReader, type FrameSink } from '../../../src/amqp/wire/frame-reader.js';
import { ReceiveBuffer } from '../../../src/amqp/wire/receive-buffer.js';

export interface FedFrameReaderOptions extends FrameSink {
  readonly memory?: MessageMemory;
  /** Largest payload; 0, the default, is unlimited. */
  readonly maxSize?: number;
}

/** A frame reader that a test feeds as a socket would: it passes on what it finds after each read. */
export class FedFrameReader {
  private readonly buffer: ReceiveBuffer;
  private readonly reader: FrameReader;

  constructor({ memory = new MessageMemory(), maxSize = 0, ...sink }: FedFrameReaderOptions) {
    this.buffer = new ReceiveBuffer(memory);
    this.reader = new FrameReader({ buffer: this.buffer, sink, maxSize });
  }

  /** One chunk of the socket, in as many reads as the receive buffer needs. */
  push(chunk: Uint8Array): void {
    for (let at = 0; at < chunk.length; ) {
      const space = this.buffer.space();
      const piece = chunk.subarray(at, at + space.length);
      space.set(piece);
      this.buffer.received(piece.length);
      at += piece.length;
      while (this.reader.next());
    }
  }

  close(): void {
    this.buffer.close();
  }
}
