import type { SessionTask, SlotSpec } from '../../bridge/index.js';
import { ConsumerError, messageOf } from '../../errors/index.js';
import { pause } from '../../timing/index.js';
import type { ThreadOptions } from '../pool-options.js';
import type { Deliverable } from '../session/deliverable.js';
import type { SessionEvents } from '../session/session-events.js';
import { plainError, whyNotStarted } from '../session/session-failure.js';
import { WorkerSession } from '../session/worker-session.js';

/** Of a thread without instances. */
const SHUTDOWN_MS = 10_000;
/** For publishes in flight, after the instances have shut down. */
const FLUSH_MS = 30_000;
/** A look at the stack may take this, and delay the end of its thread by the longer time. */
const LOOK_MS = 200;
const STACK_MS = 250;
/** A dying thread closes its port a moment before Piscina reports the cause. */
const PORT_GRACE_MS = 1_000;

/** One worker thread, its session, and the means to end it. */
export class WorkerThread<Delivery extends Deliverable> {
  readonly session: WorkerSession<Delivery>;
  /** With the cause; undefined if it was asked to end. */
  readonly ended: Promise<Error | undefined>;
  /** Slots whose instances take deliveries. */
  readonly slotsUp = new Set<number>();
  /** Longest `shutdown_timeout` of its entries; for `shutdown` of the startup handler, too. */
  readonly shutdownTimeoutMs: number;
  private readonly killing = new AbortController();
  private readonly options: ThreadOptions<Delivery>;
  private readonly slots: readonly SlotSpec[];
  private hasStarted = false;
  private serves = false;
  private stopping = false;
  private isCondemned = false;

  constructor(options: ThreadOptions<Delivery>, events: SessionEvents<Delivery>) {
    const { thread, threads, plan, baseDir, startupHandler, logging, sourceMaps, tracing, window, logger, run } =
      options;
    this.options = options;
    this.slots = plan.slots.map(({ spec }) => spec);
    const timeouts = this.slots.map(({ shutdownTimeoutMs }) => shutdownTimeoutMs);
    this.shutdownTimeoutMs = timeouts.length === 0 ? SHUTDOWN_MS : Math.max(...timeouts);
    this.session = new WorkerSession({
      thread,
      slots: this.slots,
      window,
      events,
      logger,
      isTraced: tracing !== undefined,
      startupModule: startupHandler?.module,
    });
    const { workerPort, link, vitals, logCredit } = this.session;
    const task: SessionTask = {
      port: workerPort,
      claims: link.claims.memory,
      heads: link.heads.memory,
      vitals: vitals.memory,
      logCredit: logCredit.memory,
      thread,
      threads,
      heapMb: plan.heapMb,
      baseDir,
      startupHandler,
      shutdownTimeoutMs: this.shutdownTimeoutMs,
      logging,
      sourceMaps,
      ...(tracing !== undefined && link.spans !== undefined && { tracing: { ...tracing, spans: link.spans.memory } }),
    };
    this.ended = run(task, this.killing.signal).then(() => undefined, causeOfEnd);
    // During the start somebody awaits the session, which must reject.
    void this.ended.then((cause) => cause !== undefined && !this.serves && this.session.kill(cause));
    void this.endWithoutPort();
  }

  /** Runs the startup handler. @throws ConsumerError `STARTUP_FAILED`, `WORKER_DIED`; ConfigurationError */
  async runStartup(): Promise<void> {
    const { session } = this;
    try {
      await this.inTime(session.runStartup());
      this.hasStarted = true;
    } catch (error) {
      throw whyNotStarted(error, session.hasBooted);
    }
  }

  /**
   * Makes the instances; returns the constructors that threw.
   * @throws ConfigurationError; ConsumerError `CONSUMER_MODULE_FAILED`, `CONSUMER_CONSTRUCTION_FAILED`, `WORKER_DIED`
   */
  async start(): Promise<readonly { slot: number; error: Error }[]> {
    const failures = await this.inTime(this.session.start(this.slots));
    const failed = new Set(failures.map(({ slot }) => slot));
    for (const { slot } of this.slots) if (!failed.has(slot)) this.slotsUp.add(slot);
    return failures;
  }

  /** From now on somebody awaits `ended`. */
  serve(): void {
    this.serves = true;
  }

  get isServing(): boolean {
    return this.serves;
  }

  /**
   * Shuts the instances and the resources down; terminates the thread at the deadline.
   * @param deadlineMs default: the time that they may take
   */
  async stop(deadlineMs = 2 * this.shutdownTimeoutMs + FLUSH_MS): Promise<void> {
    this.stopping = true;
    const left = new AbortController();
    const isDown = (): void => left.abort();
    void this.session.stop(deadlineMs).then(isDown, isDown);
    await pause(deadlineMs, left.signal);
    this.kill();
    await this.ended;
  }

  /** Ends a thread that does not serve yet: gracefully if its startup handler has ended. */
  async discard(deadlineMs?: number): Promise<void> {
    const hasEnded = this.killing.signal.aborted;
    if (!hasEnded && this.hasStarted && (await this.session.startWatch.isAwake())) return this.stop(deadlineMs);
    this.kill();
    await this.ended;
  }

  /** Its end is no death then. */
  get isStopping(): boolean {
    return this.stopping;
  }

  /** Terminates the thread within 250 ms: first it looks where its JavaScript is. */
  async killWithStack(reason: Error): Promise<void> {
    if (this.isCondemned) return;
    this.isCondemned = true;
    this.kill(reason, await this.lastStack());
  }

  /** Terminates the thread. */
  kill(reason?: Error, stack?: string): void {
    const { thread, events } = this.options;
    const running = this.killing.signal.aborted ? [] : this.session.link.running();
    if (running.length > 0) events.threadTerminates({ thread, reason, running, stack });
    this.session.vitals.noteEnd();
    this.killing.abort(reason ?? new ConsumerError('WORKER_DIED', 'it was terminated'));
  }

  /** A missing stack must not keep a thread alive. */
  private async lastStack(): Promise<string> {
    const isOver = new AbortController();
    try {
      const stack = this.options.stackOf(this.session, LOOK_MS).then(
        ({ text }) => text,
        (error: unknown) => `no stack: ${messageOf(error)}`,
      );
      const tooLate = pause(STACK_MS, isOver.signal, this.killing.signal).then(() => 'no stack in time');
      return await Promise.race([stack, tooLate]);
    } finally {
      isOver.abort();
    }
  }

  private inTime<Result>(work: Promise<Result>): Promise<Result> {
    return this.session.startWatch.within(this.options.startupTimeoutMs, work, (error) => {
      // Killed first: a thread that posts without pause would be read for ever.
      this.kill();
      this.session.kill(error);
    });
  }

  /** Without its port it can answer nothing. */
  private async endWithoutPort(): Promise<void> {
    await this.session.whenPortClosed();
    const dead = new AbortController();
    void this.ended.then(() => dead.abort());
    await pause(PORT_GRACE_MS, dead.signal);
    if (!dead.signal.aborted) this.kill(new ConsumerError('WORKER_DIED', 'it closed its message port'));
  }
}

/** Our own abort reason says more than Piscina's error about it. */
function causeOfEnd(error: unknown): Error {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof ConsumerError ? cause : plainError(error);
}
