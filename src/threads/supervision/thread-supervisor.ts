import { ConsumerError, messageOf } from '../../errors/index.js';
import { pause } from '../../timing/index.js';
import type { HostedSlot, ThreadOptions } from '../pool-options.js';
import type { Deliverable } from '../session/deliverable.js';
import type { WorkerSession } from '../session/worker-session.js';
import { ReplacementPace } from './replacement-pace.js';
import type { ThreadStatus } from './thread-status.js';
import { WorkerThread } from './worker-thread.js';

/**
 * Keeps one thread number served: by a thread, its replacement after a death, or a successor.
 *
 *     starting ── start ──▶ serving ── thread died ──▶ reported ── replaced ──▶ serving
 *                           serving ── recycle: successor is ready ──▶ leaving, slot by slot ── shut down ──▶ gone
 */
export class ThreadSupervisor<Delivery extends Deliverable> {
  private readonly options: ThreadOptions<Delivery>;
  private readonly living = new Set<WorkerThread<Delivery>>();
  private readonly slots: ReadonlyMap<number, HostedSlot<Delivery>>;
  private readonly pace: ReplacementPace;
  /** Log levels that an operator has set, by slot: each new thread gets them. */
  private readonly levels = new Map<number, string>();
  /** Gets all new deliveries. */
  private current: WorkerThread<Delivery>;
  /** Ends what it runs. */
  private leaving: WorkerThread<Delivery> | undefined;
  private successor: Promise<void> | undefined;
  /** On the clock of `performance.now()`; undefined unless its thread has died and has no replacement yet. */
  private replacingSinceMs: number | undefined;

  constructor(options: ThreadOptions<Delivery>) {
    this.options = options;
    this.pace = new ReplacementPace(options.random);
    this.slots = new Map(options.plan.slots.map((slot) => [slot.spec.slot, slot]));
    this.current = this.spawn();
    for (const slot of this.slots.values()) slot.link = this.current.session.link;
  }

  get session(): WorkerSession<Delivery> {
    return this.current.session;
  }

  get status(): Omit<ThreadStatus, 'loop'> {
    const { thread } = this.options;
    const state = this.replacingSinceMs !== undefined ? 'replacing' : this.current.isServing ? 'serving' : 'starting';
    const { vitals, identity } = this.session;
    const { replacingSinceMs } = this;
    return { thread, state, replacingSinceMs, heap: vitals.read(), threadId: identity?.threadId };
  }

  /** Runs the startup handler. @throws ConsumerError `STARTUP_FAILED`, `WORKER_DIED`; ConfigurationError */
  runStartup(): Promise<void> {
    return this.current.runStartup();
  }

  /** Makes the instances and follows the thread; returns the constructors that threw. */
  async start(): Promise<readonly { slot: number; error: Error }[]> {
    const failures = await this.current.start();
    this.pace.serves(performance.now());
    void this.follow(this.current);
    return failures;
  }

  /**
   * Starts a successor; the old thread ends what it runs, and goes.
   * @returns false if it is being replaced already
   * @throws if the successor cannot start; the old thread serves on
   */
  async recycle(reason: string): Promise<boolean> {
    const { thread, logger, stopping } = this.options;
    const old = this.current;
    const isBusy = this.leaving !== undefined || this.successor !== undefined || !this.living.has(old);
    if (isBusy || stopping.aborted) return false;
    logger.info({ thread }, `replacing worker thread ${thread}: ${reason}`);
    const starting = this.spawnReady(old);
    this.successor = starting.then(undefined, () => undefined).then(() => undefined);
    try {
      const next = await starting;
      if (stopping.aborted) return false;
      this.leaving = old;
      this.current = next;
      void this.follow(next);
      void this.handOver(old);
      return true;
    } catch (error) {
      // The stop ended its start.
      if (stopping.aborted) return false;
      throw error;
    } finally {
      this.successor = undefined;
    }
  }

  /** Terminates the thread that serves the slot, once its stack is taken. */
  killThread(slot: number, cause: ConsumerError): void {
    const { link } = this.slots.get(slot) ?? {};
    for (const worker of this.living) if (worker.session.link === link) void worker.killWithStack(cause);
  }

  /** Spawning failed: rejects everyone who waits for a thread. */
  spawnFailed(error: Error): void {
    for (const { session } of this.living) if (!session.hasBooted) session.kill(error);
  }

  forget(segment: number): void {
    for (const { session } of this.living) session.link.forget(segment);
  }

  setLogLevel(slot: number, level: string): void {
    this.levels.set(slot, level);
    for (const { session } of this.living) session.setLogLevel(slot, level);
  }

  abort(reason: string): void {
    for (const { session } of this.living) session.abort(reason);
  }

  /** @param withinMs when the caller terminates the threads */
  async stop(withinMs: number): Promise<void> {
    await Promise.all(
      [...this.living].map(async (worker) => {
        if (worker.isServing) await worker.session.stop(withinMs).catch(() => undefined);
        else await worker.discard(withinMs);
      }),
    );
  }

  kill(): void {
    for (const worker of this.living) worker.kill();
  }

  private spawn(): WorkerThread<Delivery> {
    const { events } = this.options;
    const worker: WorkerThread<Delivery> = new WorkerThread(this.options, {
      ...events,
      slotDown: (slot) => {
        worker.slotsUp.delete(slot);
        this.slotOf(worker, slot)?.goDown();
      },
      slotUp: (slot) => {
        worker.slotsUp.add(slot);
        if (worker !== this.leaving) this.slotOf(worker, slot)?.goUp();
      },
      slotAwake: (slot) => {
        if (worker !== this.leaving) this.slotOf(worker, slot)?.wake();
      },
    });
    this.living.add(worker);
    for (const [slot, level] of this.levels) worker.session.setLogLevel(slot, level);
    void worker.ended.then(() => this.living.delete(worker));
    return worker;
  }

  /** Undefined if a successor has taken it over. */
  private slotOf(worker: WorkerThread<Delivery>, number: number): HostedSlot<Delivery> | undefined {
    const slot = this.slots.get(number);
    return slot?.link === worker.session.link ? slot : undefined;
  }

  /** @param before a serving thread; the new one needs every instance that is up there */
  private async spawnReady(before?: WorkerThread<Delivery>): Promise<WorkerThread<Delivery>> {
    const worker = this.spawn();
    try {
      await worker.runStartup();
      const failures = await worker.start();
      const missing = failures.find(({ slot }) => before?.slotsUp.has(slot) === true);
      if (missing !== undefined) throw missing.error;
      return worker;
    } catch (error) {
      await worker.discard();
      throw error;
    }
  }

  /** Nothing may outlast the thread: it would hold a dead session. */
  private async follow(worker: WorkerThread<Delivery>): Promise<void> {
    worker.serve();
    const cause = (await worker.ended) ?? new Error('the session ended unexpectedly');
    if (worker.isStopping) return void worker.session.kill(cause);
    this.pace.died(performance.now());
    this.reportDeath(worker, cause);
    if (worker === this.current) await this.replace(worker);
  }

  private reportDeath(worker: WorkerThread<Delivery>, cause: Error): void {
    const { thread, events, stopping } = this.options;
    const { session } = worker;
    const slots = [...this.slots.values()].filter(({ link }) => link === session.link);
    const heap = session.vitals.read();
    const orphans = session.kill(cause);
    worker.slotsUp.clear();
    if (stopping.aborted) return;
    events.threadDied({ thread, orphans, cause, heap });
    // All first: no delivery may move to a sibling on the dead thread.
    for (const slot of slots) slot.isUp = false;
    for (const slot of slots) slot.threadDied(orphans, cause);
  }

  private async replace(dead: WorkerThread<Delivery>): Promise<void> {
    const { thread, events, logger, stopping } = this.options;
    this.replacingSinceMs = performance.now();
    for (let waitMs = this.pace.firstMs(); !stopping.aborted; waitMs = this.pace.nextMs()) {
      if (waitMs > 0) logger.info({ thread, waitMs }, `restarting worker thread ${thread} in ${waitMs} ms`);
      await pause(waitMs, stopping);
      // A successor on its way replaces it.
      await this.successor;
      if (this.current !== dead) this.replacingSinceMs = undefined;
      if (stopping.aborted || this.current !== dead) return;
      try {
        const worker = await this.spawnReady();
        if (stopping.aborted) return;
        this.current = worker;
        this.replacingSinceMs = undefined;
        this.pace.serves(performance.now());
        for (const slot of this.slots.values()) if (slot.link === dead.session.link) this.moveOver(slot);
        void this.follow(worker);
        return logger.info({ thread }, `worker thread ${thread} is ready again`);
      } catch (error) {
        if (stopping.aborted) return;
        if (error instanceof ConsumerError && error.code === 'STARTUP_FAILED') return events.fatal(error);
        logger.error({ err: error, thread }, `cannot start worker thread ${thread}: ${messageOf(error)}`);
      }
    }
  }

  private async handOver(old: WorkerThread<Delivery>): Promise<void> {
    const { thread, plan, logger } = this.options;
    await Promise.all(
      plan.slots.map(async (slot) => {
        await slot.drain();
        this.moveOver(slot);
      }),
    );
    await old.stop();
    this.leaving = undefined;
    logger.info({ thread }, `replaced worker thread ${thread}`);
  }

  private moveOver(slot: HostedSlot<Delivery>): void {
    slot.link = this.current.session.link;
    if (this.current.slotsUp.has(slot.spec.slot)) slot.goUp();
  }
}
