import { fileURLToPath } from 'node:url';
import type { ResourceLimits } from 'node:worker_threads';
import type { Logger } from 'pino';
import { Piscina } from 'piscina';
import { asError, ConsumerError, messageOf } from '../errors/index.js';
import type { HeapFigures, ModuleReference, SessionTask, SlotSpec, WorkerLogging } from '../protocol/index.js';
import { BackOff, pause, RETRY_LIMITS } from '../waiting/index.js';
import { Complaints } from './complaints.js';
import type { Orphan } from './handed-deliveries.js';
import type { SessionEvents } from './session-events.js';
import { outlasted, whyNotStarted } from './session-failure.js';
import { guardTaskPorts } from './task-port-guard.js';
import { type Deliverable, WorkerSession } from './worker-session.js';

const SESSION_FILE = fileURLToPath(new URL('../../workers/session.js', import.meta.url));
/** A thread that served this long was not part of a crash loop. */
const HEALTHY_MS = 10_000;
/** A thread that dies closes its port a moment before Piscina tells why. */
const MUTE_GRACE_MS = 1_000;

export interface PoolEvents<Delivery extends Deliverable> extends SessionEvents<Delivery> {
  /** When a thread died while it served; its slots are down until `slotUp`. */
  threadDied(death: ThreadDeath<Delivery>): void;
  /** When the pool cannot go on: the startup handler failed in a replacement thread. */
  fatal(error: Error): void;
}

export interface ThreadDeath<Delivery> {
  readonly thread: number;
  /** What was with the thread: the begun are suspects, the others innocent. */
  readonly orphans: readonly Orphan<Delivery>[];
  readonly cause: Error;
  /** What the thread noted last; nothing if it never ran a delivery. */
  readonly heap: HeapFigures | undefined;
}

export interface PoolOptions<Delivery extends Deliverable> {
  readonly baseDir: string;
  readonly startupHandler: ModuleReference | undefined;
  readonly startupTimeoutMs: number;
  readonly logging: WorkerLogging;
  /** The slots of each thread; as many entries as there are threads. */
  readonly slots: readonly (readonly SlotSpec[])[];
  /** Deliveries that may be handed to one slot at a time. */
  readonly window: number;
  /** Of each thread; what is left out is the default of Node.js. */
  readonly resourceLimits: ResourceLimits;
  readonly events: PoolEvents<Delivery>;
  readonly logger: Logger;
  readonly random: () => number;
}

/** One thread's place in the pool: its session comes and goes with the thread. */
interface Seat<Delivery extends Deliverable> {
  session: WorkerSession<Delivery>;
  readonly kill: AbortController;
  readonly ended: Promise<Error | undefined>;
}

/**
 * The one Piscina pool: a session task on each thread, for as long as the thread serves. Piscina spawns and replaces the
 * threads; sessions of dead ones are begun again here, with a growing delay when they keep dying.
 */
export class ThreadPool<Delivery extends Deliverable> {
  private readonly options: PoolOptions<Delivery>;
  private readonly piscina: Piscina<SessionTask, void>;
  private readonly seats: Seat<Delivery>[];
  private readonly stopping = new AbortController();

  constructor(options: PoolOptions<Delivery>) {
    const threads = options.slots.length;
    this.options = options;
    this.piscina = new Piscina({
      filename: SESSION_FILE,
      name: 'session',
      minThreads: threads,
      maxThreads: threads,
      concurrentTasksPerWorker: 1,
      idleTimeout: Number.POSITIVE_INFINITY,
      // 'sync', the default, would stop the timers and sockets of a consumer whenever its thread is idle.
      atomics: 'disabled',
      recordTiming: false,
      resourceLimits: options.resourceLimits,
    });
    const complaints = new Complaints(options.logger, 'a worker thread');
    guardTaskPorts(this.piscina, (what) => complaints.note(what));
    this.piscina.on('error', (error: Error) => this.unborn(error));
    this.seats = options.slots.map((_, thread) => this.sit(thread));
  }

  /** The session that serves a thread now. */
  session(thread: number): WorkerSession<Delivery> {
    const seat = this.seats[thread];
    if (seat === undefined) throw new RangeError(`there is no worker thread ${thread}`);
    return seat.session;
  }

  /**
   * Runs the startup handler, thread 0 first, and makes the instances. Tells which constructors threw.
   * @throws ConsumerError `STARTUP_FAILED`; ConfigurationError when a module cannot be used
   */
  async start(): Promise<readonly { slot: number; error: Error }[]> {
    const [first, ...others] = this.seats;
    if (first === undefined) return [];
    await this.startUp(first);
    await Promise.all(others.map((seat) => this.startUp(seat)));
    const failures = await Promise.all(this.seats.map(({ session }) => session.host(this.slotsOf(session.thread))));
    this.seats.forEach((seat) => void this.watch(seat));
    return failures.flat();
  }

  /** Aborts the signal of everything that runs. */
  abort(reason: string): void {
    for (const { session } of this.seats) session.abort(reason);
  }

  /** Shuts every instance down and ends the threads in good order. */
  async quit(): Promise<void> {
    this.stopping.abort();
    await Promise.all(this.seats.map(({ session }) => session.quit().catch(() => undefined)));
    await this.piscina.destroy();
  }

  /** Ends the threads now, whatever they do. */
  async terminate(): Promise<void> {
    this.stopping.abort();
    for (const { kill } of this.seats) kill.abort();
    await this.piscina.destroy();
  }

  private slotsOf(thread: number): readonly SlotSpec[] {
    return this.options.slots[thread] ?? [];
  }

  private sit(thread: number): Seat<Delivery> {
    const { baseDir, startupHandler, logging, slots, window, events, logger } = this.options;
    const session = new WorkerSession({ thread, slots: this.slotsOf(thread), window, events, logger });
    const kill = new AbortController();
    const task: SessionTask = {
      port: session.workerPort,
      claims: session.claims.memory,
      vitals: session.vitals.memory,
      logCredit: session.logCredit.memory,
      thread,
      threads: slots.length,
      baseDir,
      startupHandler,
      logging,
    };
    const ended = this.piscina
      .run(task, { transferList: [session.workerPort], signal: kill.signal })
      .then(() => undefined, causeOfEnd);
    // During the start somebody waits for the session: its end must reject that.
    void ended.then((cause) => cause !== undefined && !this.watched.has(session) && session.die(cause));
    void this.endMuted({ session, kill, ended });
    return { session, kill, ended };
  }

  /** A thread that closed its port can answer nothing any more: it is ended, as if it had died. */
  private async endMuted({ session, kill, ended }: Seat<Delivery>): Promise<void> {
    await session.whenMuted();
    const dead = new AbortController();
    void ended.then(() => dead.abort());
    await pause(MUTE_GRACE_MS, dead.signal);
    if (!dead.signal.aborted) kill.abort(new ConsumerError('WORKER_DIED', 'it closed its message port'));
  }

  /** No descriptor or memory was free for a replacement thread. Piscina starts no other for a session in its queue. */
  private unborn(error: Error): void {
    this.options.logger.error({ err: error }, `a worker thread could not start: ${error.message}`);
    for (const { session } of this.seats) if (!session.hasBooted) session.die(error);
  }

  private readonly watched = new WeakSet<WorkerSession<Delivery>>();

  private async startUp({ session, kill }: Seat<Delivery>): Promise<void> {
    const { startupTimeoutMs } = this.options;
    const timer = setTimeout(() => {
      // Ended first: one that posts without a pause would be listened to for ever.
      kill.abort();
      session.die(outlasted(startupTimeoutMs));
    }, startupTimeoutMs);
    try {
      await session.startUp();
    } catch (error) {
      throw whyNotStarted(error, session.hasBooted);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Follows a serving thread to its end, and puts another in its place. */
  private async watch(seat: Seat<Delivery>): Promise<void> {
    const { events, logger, random } = this.options;
    const { signal } = this.stopping;
    const backOff = new BackOff(RETRY_LIMITS, random);
    let diedBefore = false;
    for (let current = seat; ; ) {
      const { thread } = current.session;
      this.watched.add(current.session);
      const since = performance.now();
      const cause = (await current.ended) ?? new Error('the session ended early');
      const isLoop = diedBefore && performance.now() - since < HEALTHY_MS;
      diedBefore = true;
      if (!isLoop) backOff.reset();
      const orphans = current.session.die(cause);
      if (signal.aborted) return;
      events.threadDied({ thread, orphans, cause, heap: current.session.vitals.read() });
      // The first replacement comes at once: one bad message should not cost a wait.
      const next = await this.replace(thread, backOff, isLoop ? backOff.nextMs() : 0);
      if (next === undefined) return;
      logger.info({ thread }, `worker thread ${thread} serves again`);
      current = next;
    }
  }

  private async replace(thread: number, backOff: BackOff, firstMs: number): Promise<Seat<Delivery> | undefined> {
    const { events, logger } = this.options;
    const { signal } = this.stopping;
    for (let waitMs = firstMs; !signal.aborted; waitMs = backOff.nextMs()) {
      if (waitMs > 0) logger.info({ thread, waitMs }, `worker thread ${thread} starts again in ${waitMs} ms`);
      await pause(waitMs, signal);
      if (signal.aborted) return undefined;
      const seat = this.sit(thread);
      this.seats[thread] = seat;
      try {
        await this.startUp(seat);
        const failures = await seat.session.host(this.slotsOf(thread));
        const failed = new Set(failures.map(({ slot }) => slot));
        for (const { slot } of this.slotsOf(thread)) if (!failed.has(slot)) events.slotUp(slot);
        return seat;
      } catch (error) {
        if (signal.aborted) return undefined;
        if (error instanceof ConsumerError && error.code === 'STARTUP_FAILED') {
          events.fatal(error);
          return undefined;
        }
        logger.error({ err: error, thread }, `worker thread ${thread} cannot serve: ${messageOf(error)}`);
        seat.kill.abort();
        await seat.ended;
      }
    }
    return undefined;
  }
}

/** Why a session's task ended: the reason of our own abort says more than Piscina's error about it. */
function causeOfEnd(error: unknown): Error {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof ConsumerError ? cause : asError(error);
}
