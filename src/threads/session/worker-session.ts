import { MessageChannel, type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import type { Logger } from 'pino';
import {
  areMetricChanges,
  assertNever,
  type Booted,
  cost,
  fromErrorData,
  isFromWorker,
  LogCredit,
  type SlotSpec,
  type ToWorker,
  Vitals,
} from '../../bridge/index.js';
import { ConsumerError, messageOf } from '../../errors/index.js';
import { deferred } from '../../timing/index.js';
import { Complaints } from '../supervision/complaints.js';
import type { Deliverable, Orphan } from './deliverable.js';
import type { SessionEvents } from './session-events.js';
import { hostFailure, startupFailure } from './session-failure.js';
import { StartWatch } from './start-watch.js';
import { ThreadLink } from './thread-link.js';

const FINAL_READ_MS = 1_000;

export interface SessionOptions<Delivery extends Deliverable> {
  readonly thread: number;
  readonly slots: readonly SlotSpec[];
  readonly window: number;
  /** The module of the startup handler. */
  readonly startupModule?: string | undefined;
  readonly events: SessionEvents<Delivery>;
  readonly logger: Logger;
  /** Default: false. */
  readonly isTraced?: boolean;
}

/**
 * The main thread's side of a thread's service.
 *
 *     booting ── runStartup ──▶ started ── start ──▶ serving ── stop ──▶ ended
 *     any ── the thread ends ──▶ died (every pending request rejects; what was with it is told)
 */
export class WorkerSession<Delivery extends Deliverable> {
  readonly thread: number;
  readonly workerPort: MessagePort;
  readonly link: ThreadLink<Delivery>;
  readonly vitals = new Vitals();
  readonly logCredit = new LogCredit();
  readonly startWatch: StartWatch;
  private readonly port: MessagePort;
  private readonly events: SessionEvents<Delivery>;
  private readonly slots: ReadonlySet<number>;
  private readonly started = deferred();
  private readonly hosted = deferred<readonly { slot: number; error: Error }[]>();
  private readonly ended = deferred();
  private readonly portClosed = deferred();
  private readonly complaints: Complaints;
  /** Credit for the lines that this turn wrote. */
  private spentCredit = 0;
  private readonly startupModule: string | undefined;
  private readonly logger: Logger;
  private isUndoing = false;
  private open = true;
  private stopping = false;
  /** Before that, no failure is user code's fault. */
  hasBooted = false;
  /** How to find the thread; undefined before it booted. */
  identity: Pick<Booted, 'threadId' | 'taskId'> | undefined;

  constructor(options: SessionOptions<Delivery>) {
    const { thread, slots, window, events, logger, startupModule, isTraced = false } = options;
    const { port1, port2 } = new MessageChannel();
    this.thread = thread;
    this.port = port1;
    this.workerPort = port2;
    this.events = events;
    this.startupModule = startupModule;
    this.logger = logger;
    this.slots = new Set(slots.map(({ slot }) => slot));
    this.complaints = new Complaints(logger.child({ thread }), `worker thread ${thread}`);
    const post = (message: ToWorker): void => this.post(message);
    this.link = new ThreadLink({ post, slots, window, events, complaints: this.complaints, isTraced });
    this.startWatch = new StartWatch({ thread, logger, ask: () => this.post({ type: 'ask' }) });
    this.port.on('message', (message: unknown) => this.receive(message));
    this.port.on('close', () => this.open && this.portClosed.resolve());
    for (const { promise } of [this.started, this.hosted, this.ended]) promise.catch(() => undefined);
  }

  /** Resolves when the port closed unexpectedly. */
  whenPortClosed(): Promise<void> {
    return this.portClosed.promise;
  }

  /** Runs the startup handler. @throws ConsumerError `STARTUP_FAILED`, `WORKER_DIED` */
  runStartup(): Promise<void> {
    this.post({ type: 'startup' });
    return this.started.promise;
  }

  /** Makes the instances; returns the constructors that threw. */
  start(slots: readonly SlotSpec[]): Promise<readonly { slot: number; error: Error }[]> {
    this.post({ type: 'host', slots });
    return this.hosted.promise;
  }

  abort(reason: string): void {
    this.post({ type: 'abort', reason });
  }

  /** Of the lines of the slot's consumer. */
  setLogLevel(slot: number, level: string): void {
    this.post({ type: 'log_level', slot, level });
  }

  /**
   * Shuts the instances and the thread's resources down.
   * @param withinMs when the thread is terminated
   */
  async stop(withinMs: number): Promise<void> {
    if (!this.stopping) {
      this.stopping = true;
      this.link.flush();
    }
    // Again as well: the stop of the daemon leaves a recycled thread less time.
    this.post({ type: 'stop', withinMs });
    await this.ended.promise;
  }

  /** Rejects pending calls and returns the deliveries on the thread. */
  kill(cause: Error): readonly Orphan<Delivery>[] {
    const error = new ConsumerError('WORKER_DIED', `worker thread ${this.thread} died: ${messageOf(cause)}`, { cause });
    // Answers that were posted before the death count, but a thread may leave minutes of log lines.
    const until = performance.now() + FINAL_READ_MS;
    while (performance.now() < until) {
      const left = receiveMessageOnPort(this.port);
      if (left === undefined) break;
      this.receive(left.message);
    }
    this.open = false;
    this.port.close();
    this.events.metricsGone(this);
    for (const { reject } of [this.started, this.hosted, this.ended]) reject(error);
    if (this.isUndoing) this.reportShutdown(cause);
    return this.link.kill();
  }

  private reportShutdown(err: Error): void {
    this.isUndoing = false;
    this.logger.error(
      { code: 'STARTUP_SHUTDOWN_FAILED', thread: this.thread, err },
      `shutdown of the startup module "${this.startupModule}" did not end: its thread ended (${messageOf(err)})`,
    );
  }

  private receive(message: unknown): void {
    if (!isFromWorker(message)) return this.complaints.note('a message that its session does not know');
    switch (message.type) {
      case 'batch':
        if (message.metrics !== undefined) this.takeMetrics(message.metrics);
        return this.link.receive(message);
      case 'log':
        this.events.log(message.line);
        return this.giveBack(cost(message.line));
      case 'began':
        return this.startWatch.began(message.step);
      case 'awake':
        return this.startWatch.awake();
      case 'booted':
        // Said again by user code, it could name another thread.
        this.identity ??= message;
        this.hasBooted = true;
        return;
      case 'startup_done':
        return this.started.resolve();
      case 'startup_failed':
        return this.started.reject(startupFailure(message.error));
      case 'hosted':
        return this.hosted.resolve(
          message.failures
            .filter(({ slot }) => this.slots.has(slot))
            .map(({ slot, error }) => ({ slot, error: fromErrorData(error) })),
        );
      case 'host_failed':
        return this.hosted.reject(hostFailure(message.error));
      case 'shutdown_began':
        this.isUndoing = this.startupModule !== undefined;
        return;
      case 'ended':
        // It would leave the thread's deliveries there for ever.
        if (!this.stopping) return this.complaints.note('the end of its session without being asked');
        this.open = false;
        this.events.metricsGone(this);
        this.isUndoing = false;
        return this.ended.resolve();
      default:
        return assertNever(message);
    }
  }

  private takeMetrics(changes: unknown): void {
    if (areMetricChanges(changes)) this.events.metrics(this, changes);
    else this.complaints.note('malformed metrics');
  }

  /** At the end of the turn: at once, the thread would refill the port, and the turn would not end for seconds. */
  private giveBack(credit: number): void {
    if (this.spentCredit === 0) {
      setImmediate(() => {
        this.logCredit.give(this.spentCredit);
        this.spentCredit = 0;
      });
    }
    this.spentCredit += credit;
  }

  private post(message: ToWorker): void {
    if (this.open) this.port.postMessage(message);
  }
}
