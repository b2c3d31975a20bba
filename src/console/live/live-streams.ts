import type { ActionRecord, LiveReport } from '../api.js';

/** Where samples come from, one a second while somebody watches. */
export interface LiveSource {
  /** Calls the listener with each sample; the function that it returns ends that. */
  watch(listener: (report: LiveReport) => void): () => void;
}

export interface LiveStreamsOptions {
  readonly live: LiveSource;
  /** Calls the listener with each new action. */
  readonly actions: { watch(listener: (record: ActionRecord) => void): () => void };
  /** Monotonic. */
  readonly nowMs: () => number;
}

export interface Viewer {
  /** False: its session is over. */
  readonly isAllowed: () => boolean;
  /** Closes its connection. */
  readonly destroy: () => void;
}

interface Stream extends Viewer {
  readonly controller: ReadableStreamDefaultController<Uint8Array>;
  /** When it last took what waited for it. */
  tookMs: number;
}

const MOST_STREAMS = 20;
const HEARTBEAT_MS = 15_000;
/** Events that may wait for a slow reader. Samples wait for nobody: the next one says more. */
const MOST_WAITING = 50;
/** A reader that takes nothing for so long is gone. */
const LONGEST_STALL_MS = 60_000;

const encoder = new TextEncoder();
const HEARTBEAT = encoder.encode(': heartbeat\n\n');

/**
 * The server-sent events of all open pages. A sample is serialised once for all of them, and a page that reads slowly
 * skips samples. The source is watched only while a page is open.
 */
export class LiveStreams {
  private readonly options: LiveStreamsOptions;
  private readonly streams = new Set<Stream>();
  private unwatch: (() => void) | undefined;
  /** The newest sample, for a page that opens between two. */
  private newest: Uint8Array | undefined;
  private isStopped = false;

  constructor(options: LiveStreamsOptions) {
    this.options = options;
  }

  get size(): number {
    return this.streams.size;
  }

  /** Undefined: there are 20 already, or the daemon is stopping. */
  open(viewer: Viewer): ReadableStream<Uint8Array> | undefined {
    if (this.isStopped || this.streams.size >= MOST_STREAMS) return undefined;
    let stream: Stream | undefined;
    return new ReadableStream<Uint8Array>({
      start: (controller) => {
        stream = { ...viewer, controller, tookMs: this.options.nowMs() };
        this.streams.add(stream);
        this.unwatch ??= this.watch();
        if (waitingIn(stream) === 0) controller.enqueue(this.newest ?? HEARTBEAT);
      },
      pull: () => {
        if (stream !== undefined) stream.tookMs = this.options.nowMs();
      },
      cancel: () => {
        if (stream !== undefined) this.remove(stream);
      },
    });
  }

  /** Ends every stream. */
  stop(): void {
    this.isStopped = true;
    for (const stream of this.streams) this.end(stream);
  }

  private watch(): () => void {
    const { live, actions } = this.options;
    const ends = [
      live.watch((report) => this.send('live', report)),
      actions.watch((record) => this.send('action', record)),
    ];
    const heartbeat = setInterval(() => this.sendHeartbeat(), HEARTBEAT_MS).unref();
    return () => {
      clearInterval(heartbeat);
      for (const end of ends) end();
    };
  }

  private send(event: 'live' | 'action', data: LiveReport | ActionRecord): void {
    const bytes = encoder.encode(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
    if (event === 'live') this.newest = bytes;
    for (const stream of this.streams) {
      if (!stream.isAllowed()) this.end(stream);
      else if (event === 'action' ? waitingIn(stream) < MOST_WAITING : waitingIn(stream) === 0)
        stream.controller.enqueue(bytes);
      else if (this.isGone(stream)) this.end(stream);
    }
  }

  private sendHeartbeat(): void {
    for (const stream of this.streams) {
      if (!stream.isAllowed() || this.isGone(stream)) this.end(stream);
      else if (waitingIn(stream) === 0) stream.controller.enqueue(HEARTBEAT);
    }
  }

  private isGone(stream: Stream): boolean {
    return waitingIn(stream) > 0 && this.options.nowMs() - stream.tookMs > LONGEST_STALL_MS;
  }

  private end(stream: Stream): void {
    // A stalled connection would never send the end.
    const isStalled = waitingIn(stream) > 0;
    this.remove(stream);
    stream.controller.close();
    if (isStalled) stream.destroy();
  }

  private remove(stream: Stream): void {
    if (!this.streams.delete(stream) || this.streams.size > 0) return;
    this.unwatch?.();
    this.unwatch = undefined;
    this.newest = undefined;
  }
}

/** Events that the connection has not taken yet; the limit of the queue is 1. */
function waitingIn({ controller }: Stream): number {
  return 1 - (controller.desiredSize ?? 0);
}
