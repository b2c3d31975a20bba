import { Worker } from 'node:worker_threads';
import type { Logger } from 'pino';
import { DispatcherError, messageOf } from '../../errors/index.js';
import { type Deferred, deferred, durationText, pause } from '../../timing/index.js';
import type { DeadOperation, DeadThreadPlan, FromDeadThread, ToDeadThread } from './operation.js';
import { refused } from './refused.js';
import { Turns } from './turns.js';

const ENTRY = new URL('./thread/dead-worker.js', import.meta.url);
const IDLE_MS = 60_000;
/** For the broker to take messages back before the thread is terminated. */
const GRACE_MS = 10_000;
/** Message bodies are outside this heap. A copy of a queue may use a quarter of it, all copies half. */
const HEAP_MB = 512;
const LONGEST_MS: Readonly<Record<DeadOperation['kind'], number>> = {
  count: 30_000,
  look: 120_000,
  show: 120_000,
  change: 900_000,
};

export interface DeadThreadOptions extends DeadThreadPlan {
  readonly logger: Logger;
  /** Default: a minute. */
  readonly idleMs?: number;
  /** Limit of the thread's heap. Default: 512 MiB. */
  readonly heapMb?: number;
}

interface Pending {
  readonly worker: Worker;
  readonly result: Deferred<string>;
}

/**
 * The thread that works on dead queues, seen from the main thread, which must not read them itself: 100,000 messages
 * would delay every ack.
 *
 *     none ── operation ──▶ running ── a minute without one, or its death ──▶ none; any ── stop, kill ──▶ stopped
 */
export class DeadThread {
  private readonly options: DeadThreadOptions;
  private readonly turns = new Turns();
  private readonly pending = new Map<number, Pending>();
  /** Of operations that wait or run. */
  private readonly interrupts = new Set<(why: string) => void>();
  private readonly exits = new Map<Worker, Promise<void>>();
  private worker: Worker | undefined;
  private operations = 0;
  private idle: NodeJS.Timeout | undefined;
  private isStopped = false;

  constructor(options: DeadThreadOptions) {
    this.options = options;
  }

  /** False when it is not needed. */
  get isRunning(): boolean {
    return this.worker !== undefined;
  }

  /**
   * Returns the result as JSON. When the signal aborts, or after the time that the operation may take, it ends as a
   * command does on Ctrl-C: the messages go back to the queue.
   * @throws DispatcherError `CONTROL_REFUSED`, `WORKER_DIED`, and those of `amqp-dispatcher dead`
   */
  async run(operation: DeadOperation, signal: AbortSignal): Promise<string> {
    if (this.isStopped) throw refused('the daemon is stopping');
    const ending = new AbortController();
    const interrupt = (why: string): void => ending.abort(refused(why));
    const left = (): void => interrupt('the client has closed its connection');
    const longest = LONGEST_MS[operation.kind];
    const timer = setTimeout(() => interrupt(`it took longer than ${durationText(longest)}`), longest);
    if (signal.aborted) left();
    signal.addEventListener('abort', left);
    this.interrupts.add(interrupt);
    clearTimeout(this.idle);
    try {
      const endTurn = await this.turns.take(operation.kind === 'count' ? '' : operation.queue, ending.signal);
      try {
        return await this.perform(operation, ending.signal);
      } finally {
        endTurn();
      }
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', left);
      this.interrupts.delete(interrupt);
      if (this.interrupts.size === 0) this.restLater();
    }
  }

  /** Interrupts what runs, and ends the thread; terminates it after this time. */
  async stop(timeoutMs: number): Promise<void> {
    this.isStopped = true;
    clearTimeout(this.idle);
    const until = performance.now() + timeoutMs;
    for (const interrupt of this.interrupts) interrupt('the daemon is stopping');
    const patience = new AbortController();
    const ended = Promise.allSettled([...this.pending.values()].map(({ result }) => result.promise));
    await Promise.race([ended, pause(timeoutMs, patience.signal)]);
    patience.abort();
    await this.end(Math.max(0, until - performance.now()));
  }

  /** Terminates the thread; the broker takes back the messages that it holds. */
  async kill(): Promise<void> {
    this.isStopped = true;
    clearTimeout(this.idle);
    await this.worker?.terminate();
  }

  private async perform(operation: DeadOperation, signal: AbortSignal): Promise<string> {
    if (this.isStopped) throw refused('the daemon is stopping');
    const worker = (this.worker ??= this.start());
    const id = ++this.operations;
    const result = deferred<string>();
    this.pending.set(id, { worker, result });
    let grace: NodeJS.Timeout | undefined;
    const interrupt = (): void => {
      post(worker, { kind: 'interrupt', id, why: messageOf(signal.reason) });
      grace = setTimeout(() => void worker.terminate(), GRACE_MS);
    };
    signal.addEventListener('abort', interrupt);
    post(worker, { kind: 'begin', id, operation });
    if (signal.aborted) interrupt();
    try {
      return await result.promise;
    } finally {
      signal.removeEventListener('abort', interrupt);
      clearTimeout(grace);
      this.pending.delete(id);
    }
  }

  private start(): Worker {
    const { address, settings, name, logger, heapMb = HEAP_MB } = this.options;
    const plan: DeadThreadPlan = { address, settings, name };
    const worker = new Worker(ENTRY, {
      name: 'dead-messages',
      workerData: plan,
      // The modules of `--import` are for the threads that run consumers.
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: heapMb },
    });
    let cause = 'it exited';
    worker.on('message', (message: FromDeadThread) => this.receive(message));
    worker.on('error', (error) => (cause = messageOf(error)));
    const exited = deferred();
    this.exits.set(worker, exited.promise);
    worker.on('exit', () => {
      if (this.worker === worker) this.worker = undefined;
      const lost = [...this.pending.values()].filter((each) => each.worker === worker);
      if (lost.length > 0) logger.warn({ code: 'WORKER_DIED' }, `the thread for dead messages ended: ${cause}`);
      for (const { result } of lost) {
        result.reject(
          new DispatcherError(
            'WORKER_DIED',
            `the thread for dead messages ended: ${cause}. No message is lost: the broker takes back those that it held. ` +
              'If it replayed, some may be in both queues',
          ),
        );
      }
      this.exits.delete(worker);
      exited.resolve();
    });
    return worker;
  }

  private receive(message: FromDeadThread): void {
    if (message.kind === 'log') {
      this.options.logger.warn(`dead messages: ${message.line}`);
      return;
    }
    const result = this.pending.get(message.id)?.result;
    if (message.kind === 'done') result?.resolve(message.json);
    else result?.reject(new DeadOperationError(message.code, message.message));
  }

  private restLater(): void {
    if (this.isStopped || this.worker === undefined) return;
    this.idle = setTimeout(() => void this.end(GRACE_MS), this.options.idleMs ?? IDLE_MS);
    this.idle.unref();
  }

  private async end(timeoutMs: number): Promise<void> {
    const { worker } = this;
    if (worker === undefined) return;
    // The next operation starts another one.
    this.worker = undefined;
    post(worker, { kind: 'end' });
    const patience = new AbortController();
    await Promise.race([this.exits.get(worker), pause(timeoutMs, patience.signal)]);
    patience.abort();
    if (this.exits.has(worker)) await worker.terminate();
  }
}

/** An error of the thread, with its code. */
export class DeadOperationError extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

function post(worker: Worker, message: ToDeadThread): void {
  worker.postMessage(message);
}
