import type { DestinationStream } from 'pino';

/** A stream that pino flushes after a fatal line. */
export interface FlushableStream extends DestinationStream {
  flushSync(): void;
}

/** Formats each line before it writes it. */
export class LineStream implements FlushableStream {
  private readonly inner: FlushableStream;
  private readonly format: (line: string) => string;

  constructor(inner: FlushableStream, format: (line: string) => string) {
    this.inner = inner;
    this.format = format;
  }

  write(line: string): void {
    this.inner.write(this.format(line));
  }

  flushSync(): void {
    this.inner.flushSync();
  }
}
