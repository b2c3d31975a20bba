import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import pino, { type DestinationStream } from 'pino';
import { messageOf } from '../errors/index.js';
import type { Transport } from './transport.js';

/** How long a transport may take to be ready. */
const READY_MS = 10_000;
/** How long a transport may take to write its last lines. */
const FLUSH_MS = 2_000;
/** How long stdout of the transport's thread may take to reach the process, which tells nobody when it has. */
const STDOUT_MS = 100;

export type Opening =
  | { readonly state: 'ready'; readonly stream: TransportStream }
  | { readonly state: 'failed'; readonly error: unknown }
  /** It was given up: what is written to it would wait in memory, and its end would not come. */
  | { readonly state: 'slow' };

type ThreadStream = ReturnType<typeof pino.transport>;

/** Opens a transport whose modules are located; resolves when it takes lines, has failed, or takes too long. Never rejects. */
export async function openTransport(
  transport: Transport,
  levels: Readonly<Record<string, number>> | undefined,
): Promise<Opening> {
  let stream: ThreadStream;
  try {
    stream = pino.transport({ ...transport, ...(levels !== undefined && { levels }) });
  } catch (error) {
    return { state: 'failed', error };
  }
  let timer: NodeJS.Timeout | undefined;
  const opening = await new Promise<Opening>((resolve) => {
    stream.once('ready', () => resolve({ state: 'ready', stream: new TransportStream(stream) }));
    // It stays: an error that nobody hears would end the daemon.
    stream.on('error', (error: unknown) => resolve({ state: 'failed', error }));
    timer = setTimeout(() => resolve({ state: 'slow' }), READY_MS);
  });
  clearTimeout(timer);
  if (opening.state === 'slow') await giveUp(stream);
  return opening;
}

/** Log lines on their way to pino's transports, in a thread of theirs. Once that fails, they go to stdout. */
export class TransportStream implements DestinationStream {
  private readonly stream: ThreadStream;
  private fallback: DestinationStream | undefined;

  constructor(stream: ThreadStream) {
    this.stream = stream;
    stream.on('error', (error: unknown) => this.fail(error));
  }

  write(line: string): void {
    if (this.fallback === undefined) this.stream.write(line);
    else this.fallback.write(line);
  }

  /** pino tells the transport its levels and keys by an event. */
  emit(event: string, ...values: unknown[]): boolean {
    return this.stream.emit(event, ...values);
  }

  /** Hands over what was written, as far as the transport takes it: what it does with that is its own. */
  flushSync(): void {
    try {
      if (this.fallback === undefined) this.stream.flushSync();
    } catch (error) {
      this.fail(error);
    }
  }

  end(): void {
    this.stream.end();
  }

  /**
   * Lets the transport write its last lines before the process exits. The exit blocks this thread until the transport has
   * ended; a transport that prints to stdout needs this thread for that, and would hold the exit up for 10 s.
   */
  async close(): Promise<void> {
    if (this.fallback !== undefined) return;
    const flushed = new Promise<void>((resolve) => this.stream.flush(() => resolve()));
    await Promise.race([flushed, sleep(FLUSH_MS)]);
    await sleep(STDOUT_MS);
  }

  private fail(error: unknown): void {
    if (this.fallback !== undefined) return;
    this.fallback = pino.destination({ dest: 1, sync: true });
    console.error(`log transport failed, the log goes to stdout from now on: ${messageOf(error)}`);
  }
}

/** Ends the thread of a stream that is not ready: asked in order, it would wait for that. */
async function giveUp(stream: object): Promise<void> {
  if ('worker' in stream && stream.worker instanceof Worker) await stream.worker.terminate();
}
