import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import pino, { type DestinationStream } from 'pino';
import { messageOf } from '../errors/index.js';
import type { Transport } from './transport.js';

const READY_MS = 10_000;
const FLUSH_MS = 2_000;
/** For the thread's stdout to reach the process, which reports no arrival. */
const STDOUT_MS = 100;

export type Opening =
  | { readonly state: 'ready'; readonly stream: TransportStream }
  | { readonly state: 'failed'; readonly error: unknown }
  /** Given up: lines written to it would pile up in memory, and it would never end. */
  | { readonly state: 'slow' };

type ThreadStream = ReturnType<typeof pino.transport>;

/** Opens a transport whose modules are located; resolves when it is ready, failed, or too slow. Never rejects. */
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
    // Stays attached, because an unhandled error event would end the daemon.
    stream.on('error', (error: unknown) => resolve({ state: 'failed', error }));
    timer = setTimeout(() => resolve({ state: 'slow' }), READY_MS);
  });
  clearTimeout(timer);
  if (opening.state === 'slow') await giveUp(stream);
  return opening;
}

/** Sends log lines to pino's transports in their own thread, or to stdout once that fails. */
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

  /** pino passes its levels and keys to the transport by an event. */
  emit(event: string, ...values: unknown[]): boolean {
    return this.stream.emit(event, ...values);
  }

  /** Hands over the written lines, as far as the transport takes them. */
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
   * Lets the transport write its last lines. At exit, Node.js blocks this thread until the transport ends, and one that
   * prints to stdout needs this thread: the exit would take 10 s longer.
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
    console.error(`log transport failed, logging to stdout instead: ${messageOf(error)}`);
  }
}

/** Terminates the thread: a stream that is not ready would wait for its transport before it ends. */
async function giveUp(stream: object): Promise<void> {
  if ('worker' in stream && stream.worker instanceof Worker) await stream.worker.terminate();
}
