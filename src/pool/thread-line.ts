import { ConsumerError, messageOf } from '../errors/index.js';
import { pause } from '../waiting/index.js';
import type { Deliverable } from './handed-deliveries.js';
import type { PoolOptions, ThreadPlan } from './pool-options.js';
import { ReplacementPace } from './replacement-pace.js';
import { type RunTask, Seat } from './seat.js';
import type { WorkerSession } from './worker-session.js';

/** What is still on its way when the instances of a replaced thread are shut down gets this long. */
const LEAVE_MS = 30_000;

export interface LineOptions<Delivery extends Deliverable> extends PoolOptions<Delivery> {
  readonly thread: number;
  /** In the whole pool. */
  readonly threads: number;
  readonly plan: ThreadPlan;
  readonly run: RunTask;
  readonly stopping: AbortSignal;
}

/**
 * All that serve under one thread number, one after another: a seat, another after its death, or a successor that is ready
 * before it goes.
 *
 *     starting ── serve ──▶ serving ── thread died ──▶ buried ── replaced ──▶ serving
 *                           serving ── renew: successor is ready ──▶ leaving, slot by slot ── shut down ──▶ gone
 */
export class ThreadLine<Delivery extends Deliverable> {
  private readonly options: LineOptions<Delivery>;
  /** Every seat whose thread has not ended. */
  private readonly living = new Set<Seat<Delivery>>();
  /** Which seat serves a slot. */
  private readonly seats = new Map<number, Seat<Delivery>>();
  private readonly pace: ReplacementPace;
  /** The seat that takes what comes. */
  private current: Seat<Delivery>;
  /** Ends what it runs. */
  private leaving: Seat<Delivery> | undefined;
  /** Settles when a successor is ready, or could not be made ready. */
  private successor: Promise<void> | undefined;

  constructor(options: LineOptions<Delivery>) {
    this.options = options;
    this.pace = new ReplacementPace(options.random);
    this.current = this.sit();
    for (const { slot } of options.plan.slots) this.seats.set(slot, this.current);
  }

  /** The session that serves a slot now; that of the newest seat if none is named. */
  session(slot?: number): WorkerSession<Delivery> {
    return this.seatOf(slot).session;
  }

  /** Runs the startup handler. @throws ConsumerError `STARTUP_FAILED`, `WORKER_DIED`; ConfigurationError */
  startUp(): Promise<void> {
    return this.current.startUp();
  }

  /** Makes the instances; tells which constructors threw. */
  host(): Promise<readonly { slot: number; error: Error }[]> {
    return this.current.host();
  }

  /** From now on a thread that dies is replaced. */
  serve(): void {
    this.pace.serves(performance.now());
    void this.follow(this.current);
  }

  /**
   * Starts a successor; resolves when that takes what comes. What runs stays where it is to its end, and then the old thread goes.
   * @returns false when there was nothing to replace: the thread is being replaced already
   * @throws when the successor could not start; the old thread serves on
   */
  async renew(reason: string): Promise<boolean> {
    const { thread, logger, stopping } = this.options;
    const old = this.current;
    const isBusy = this.leaving !== undefined || this.successor !== undefined || !this.living.has(old);
    if (isBusy || stopping.aborted) return false;
    logger.info({ thread }, `worker thread ${thread} is to be replaced: ${reason}`);
    const starting = this.raise(old);
    this.successor = starting.then(undefined, () => undefined).then(() => undefined);
    try {
      const next = await starting;
      if (stopping.aborted) return false;
      this.leaving = old;
      this.current = next;
      void this.follow(next);
      void this.leave(old);
      return true;
    } catch (error) {
      // Its start was ended by the stop.
      if (stopping.aborted) return false;
      throw error;
    } finally {
      this.successor = undefined;
    }
  }

  /** Ends the thread that serves a slot, whatever it does. */
  end(slot: number, cause: ConsumerError): void {
    this.seatOf(slot).kill(cause);
  }

  /** No thread could be made: whoever waits for one is told. */
  unborn(error: Error): void {
    for (const { session } of this.living) if (!session.hasBooted) session.die(error);
  }

  forget(segment: number): void {
    for (const { session } of this.living) session.forget(segment);
  }

  abort(reason: string): void {
    for (const { session } of this.living) session.abort(reason);
  }

  /** Shuts every instance down; resolves when the threads have nothing left to say. */
  async quit(): Promise<void> {
    await Promise.all(
      [...this.living].map(async (seat) => {
        if (seat.isServing) await seat.session.quit().catch(() => undefined);
        else seat.kill();
      }),
    );
  }

  kill(): void {
    for (const seat of this.living) seat.kill();
  }

  private seatOf(slot: number | undefined): Seat<Delivery> {
    return (slot === undefined ? undefined : this.seats.get(slot)) ?? this.current;
  }

  private sit(): Seat<Delivery> {
    const { events } = this.options;
    const seat: Seat<Delivery> = new Seat(this.options, {
      ...events,
      slotDown: (slot) => {
        seat.up.delete(slot);
        if (this.seats.get(slot) === seat) events.slotDown(slot);
      },
      slotUp: (slot) => {
        seat.up.add(slot);
        if (this.seats.get(slot) === seat && seat !== this.leaving) events.slotUp(slot);
      },
      slotAwake: (slot) => {
        if (this.seats.get(slot) === seat && seat !== this.leaving) events.slotAwake(slot);
      },
    });
    this.living.add(seat);
    void seat.ended.then(() => this.living.delete(seat));
    return seat;
  }

  /**
   * A seat that is ready to serve. @throws what kept it from that; its thread is ended
   * @param before a seat that serves: without an instance that is up there, this one is not ready
   */
  private async raise(before?: Seat<Delivery>): Promise<Seat<Delivery>> {
    const seat = this.sit();
    try {
      await seat.startUp();
      const failures = await seat.host();
      const missing = failures.find(({ slot }) => before?.up.has(slot) === true);
      if (missing !== undefined) throw missing.error;
      return seat;
    } catch (error) {
      seat.kill();
      await seat.ended;
      throw error;
    }
  }

  /** Follows a thread to its end. Nothing here may outlast that: it would hold a dead session. */
  private async follow(seat: Seat<Delivery>): Promise<void> {
    seat.serve();
    const cause = (await seat.ended) ?? new Error('the session ended early');
    if (seat.isDismissed) return void seat.session.die(cause);
    this.pace.died(performance.now());
    this.bury(seat, cause);
    if (seat === this.current) await this.replace(seat);
  }

  private bury(seat: Seat<Delivery>, cause: Error): void {
    const { thread, plan, events, stopping } = this.options;
    const slots = plan.slots.map(({ slot }) => slot).filter((slot) => this.seats.get(slot) === seat);
    const heap = seat.session.vitals.read();
    const orphans = seat.session.die(cause);
    seat.up.clear();
    if (!stopping.aborted) events.threadDied({ thread, slots, orphans, cause, heap });
  }

  private async replace(dead: Seat<Delivery>): Promise<void> {
    const { thread, events, logger, stopping } = this.options;
    for (let waitMs = this.pace.firstMs(); !stopping.aborted; waitMs = this.pace.nextMs()) {
      if (waitMs > 0) logger.info({ thread, waitMs }, `worker thread ${thread} starts again in ${waitMs} ms`);
      await pause(waitMs, stopping);
      // One that was to replace it anyway does so now.
      await this.successor;
      if (stopping.aborted || this.current !== dead) return;
      try {
        const seat = await this.raise();
        if (stopping.aborted) return;
        this.current = seat;
        this.pace.serves(performance.now());
        for (const { slot } of this.options.plan.slots) if (this.seats.get(slot) === dead) this.seat(slot);
        void this.follow(seat);
        return logger.info({ thread }, `worker thread ${thread} serves again`);
      } catch (error) {
        if (stopping.aborted) return;
        if (error instanceof ConsumerError && error.code === 'STARTUP_FAILED') return events.fatal(error);
        logger.error({ err: error, thread }, `worker thread ${thread} cannot serve: ${messageOf(error)}`);
      }
    }
  }

  /** Moves the slots over, each when nothing of it runs any more, and lets the old thread go. */
  private async leave(old: Seat<Delivery>): Promise<void> {
    const { thread, plan, events, logger } = this.options;
    await Promise.all(
      plan.slots.map(async ({ slot }) => {
        await events.slotRetires(slot);
        this.seat(slot);
      }),
    );
    const shutdownMs = Math.max(...plan.slots.map(({ shutdownTimeoutMs }) => shutdownTimeoutMs));
    await old.leave(shutdownMs + LEAVE_MS);
    this.leaving = undefined;
    logger.info({ thread }, `worker thread ${thread} was replaced`);
  }

  /** The newest seat serves a slot from now on. */
  private seat(slot: number): void {
    this.seats.set(slot, this.current);
    if (this.current.up.has(slot)) this.options.events.slotUp(slot);
  }
}
