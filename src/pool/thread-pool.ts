import { fileURLToPath } from 'node:url';
import { Piscina } from 'piscina';
import { ConsumerError, messageOf } from '../errors/index.js';
import type { SessionTask, SlotSpec } from '../protocol/index.js';
import { BackOff, pause, RETRY_LIMITS } from '../waiting/index.js';
import { Complaints } from './complaints.js';
import type { Deliverable } from './handed-deliveries.js';
import type { PoolOptions } from './pool-options.js';
import { Seat } from './seat.js';
import { plainError } from './session-failure.js';
import { guardTaskPorts } from './task-port-guard.js';
import type { WorkerSession } from './worker-session.js';

const SESSION_FILE = fileURLToPath(new URL('../../workers/session.js', import.meta.url));
/** A thread that served this long was not part of a crash loop. */
const HEALTHY_MS = 10_000;

/**
 * The one Piscina pool: a session task on each thread, for as long as the thread serves. Piscina spawns and replaces the
 * threads; sessions of dead ones are begun again here, with a growing delay when they keep dying.
 */
export class ThreadPool<Delivery extends Deliverable> {
  private readonly options: PoolOptions<Delivery>;
  private readonly piscina: Piscina<SessionTask, void>;
  private readonly seats: Seat<Delivery>[];
  private readonly stopping = new AbortController();
  /** The thread of each slot. */
  private readonly threads: ReadonlyMap<number, number>;

  constructor(options: PoolOptions<Delivery>) {
    const threads = options.slots.length;
    this.options = options;
    this.threads = new Map(options.slots.flatMap((specs, thread) => specs.map(({ slot }) => [slot, thread])));
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
    this.piscina.on('error', (error: unknown) => this.unborn(plainError(error)));
    this.seats = options.slots.map((_, thread) => this.sit(thread));
    options.memory.onDropped(({ id }) => {
      for (const { session } of this.seats) session.forget(id);
    });
  }

  /** The session that serves a slot now. */
  session(slot: number): WorkerSession<Delivery> {
    return this.seatOf(slot).session;
  }

  /**
   * Runs the startup handler, thread 0 first, and makes the instances. Tells which constructors threw.
   * @throws ConsumerError `STARTUP_FAILED`; ConfigurationError when a module cannot be used
   */
  async start(): Promise<readonly { slot: number; error: Error }[]> {
    const [first, ...others] = this.seats;
    if (first === undefined) return [];
    await first.startUp();
    await Promise.all(others.map((seat) => seat.startUp()));
    const failures = await Promise.all(this.seats.map(({ session }) => session.host(this.slotsOf(session.thread))));
    this.seats.forEach((_, thread) => void this.watch(thread));
    return failures.flat();
  }

  /** Ends the thread of a slot, whatever it does; another takes its place, and `threadDied` tells with this cause what was with it. */
  end(slot: number, cause: ConsumerError): void {
    this.seatOf(slot).kill(cause);
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
    for (const seat of this.seats) seat.kill();
    await this.piscina.destroy();
  }

  private seatOf(slot: number): Seat<Delivery> {
    const seat = this.seats[this.threads.get(slot) ?? -1];
    if (seat === undefined) throw new RangeError(`no worker thread has the slot ${slot}`);
    return seat;
  }

  private slotsOf(thread: number): readonly SlotSpec[] {
    return this.options.slots[thread] ?? [];
  }

  private sit(thread: number): Seat<Delivery> {
    return new Seat(thread, this.options, (task, signal) =>
      this.piscina.run(task, { transferList: [task.port], signal }),
    );
  }

  /** No descriptor or memory was free for a replacement thread. Piscina starts no other for a session in its queue. */
  private unborn(error: Error): void {
    this.options.logger.error({ err: error }, `a worker thread could not start: ${error.message}`);
    for (const { session } of this.seats) if (!session.hasBooted) session.die(error);
  }

  /** Follows a thread from one death to the next. Its variables last as long as the pool: none may hold a dead session. */
  private async watch(thread: number): Promise<void> {
    const { logger, random } = this.options;
    const backOff = new BackOff(RETRY_LIMITS, random);
    let diedBefore = false;
    for (let seat = this.seats[thread]; seat !== undefined; diedBefore = true) {
      seat.serve();
      const since = performance.now();
      const cause = (await seat.ended) ?? new Error('the session ended early');
      const isLoop = diedBefore && performance.now() - since < HEALTHY_MS;
      if (!isLoop) backOff.reset();
      this.bury(seat, cause);
      // The first replacement comes at once: one bad message should not cost a wait.
      seat = await this.replace(thread, backOff, isLoop ? backOff.nextMs() : 0);
      if (seat !== undefined) logger.info({ thread }, `worker thread ${thread} serves again`);
    }
  }

  private bury({ session }: Seat<Delivery>, cause: Error): void {
    const { thread, vitals } = session;
    const orphans = session.die(cause);
    if (!this.stopping.signal.aborted) this.options.events.threadDied({ thread, orphans, cause, heap: vitals.read() });
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
        await seat.startUp();
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
        seat.kill();
        await seat.ended;
      }
    }
    return undefined;
  }
}
