import type { ConsumerError } from '../errors/index.js';
import type { PoolOptions } from './pool-options.js';
import type { Deliverable } from './session/thread-link.js';
import type { WorkerSession } from './session/worker-session.js';
import { Complaints } from './supervision/complaints.js';
import { ThreadSupervisor } from './supervision/thread-supervisor.js';
import { ThreadGroup } from './thread-group.js';

/**
 * The worker threads: a session on each, for as long as the thread serves. Those that all entries share are one Piscina pool,
 * and so are those of each entry that has its own.
 */
export class ThreadPool<Delivery extends Deliverable> {
  private readonly groups: readonly ThreadGroup[];
  private readonly supervisors: readonly ThreadSupervisor<Delivery>[];
  /** The supervisor of each slot's thread. */
  private readonly bySlot = new Map<number, ThreadSupervisor<Delivery>>();
  private readonly stopping = new AbortController();

  constructor(options: PoolOptions<Delivery>) {
    const threads = options.groups.reduce((sum, group) => sum + group.threads.length, 0);
    const complaints = new Complaints(options.logger, 'a worker thread');
    const stopping = this.stopping.signal;
    const supervisors: ThreadSupervisor<Delivery>[] = [];
    this.groups = options.groups.map(({ threads: plans, resourceLimits }) => {
      const own: ThreadSupervisor<Delivery>[] = [];
      const onSpawnFailed = (error: Error): void => {
        options.logger.error({ err: error }, `cannot start a worker thread: ${error.message}`);
        for (const supervisor of own) supervisor.spawnFailed(error);
      };
      const group = new ThreadGroup({ threads: plans.length, resourceLimits, complaints, onSpawnFailed });
      for (const plan of plans) {
        const supervisor = new ThreadSupervisor({
          ...options,
          thread: supervisors.length,
          threads,
          plan,
          run: group.run,
          stopping,
        });
        own.push(supervisor);
        supervisors.push(supervisor);
        for (const { spec } of plan.slots) this.bySlot.set(spec.slot, supervisor);
      }
      return group;
    });
    this.supervisors = supervisors;
    options.memory.onDropped(({ id }) => {
      for (const supervisor of this.supervisors) supervisor.forget(id);
    });
  }

  /** The session that takes what comes to a thread. */
  newest(thread: number): WorkerSession<Delivery> {
    return this.supervisor(thread).session;
  }

  /**
   * Runs the startup handler, thread 0 first, and makes the instances. Tells which constructors threw.
   * @throws ConsumerError `STARTUP_FAILED`; ConfigurationError when a module cannot be used
   */
  async start(): Promise<readonly { slot: number; error: Error }[]> {
    const [first, ...others] = this.supervisors;
    if (first === undefined) return [];
    await first.startUp();
    await Promise.all(others.map((supervisor) => supervisor.startUp()));
    const failures = await Promise.all(this.supervisors.map((supervisor) => supervisor.host()));
    for (const supervisor of this.supervisors) supervisor.serve();
    return failures.flat();
  }

  /** Ends the thread of a slot, whatever it does; another takes its place, and `threadDied` tells with this cause what was with it. */
  end(slot: number, cause: ConsumerError): void {
    const supervisor = this.bySlot.get(slot);
    if (supervisor === undefined) throw new RangeError(`no worker thread has the slot ${slot}`);
    supervisor.end(slot, cause);
  }

  /**
   * Replaces a thread for a reason that the log tells; resolves when its successor takes what comes. What runs ends where it is.
   * @returns false when it is being replaced already
   * @throws when the successor could not start; the thread serves on
   */
  renew(thread: number, reason: string): Promise<boolean> {
    return this.supervisor(thread).renew(reason);
  }

  /** Aborts the signal of everything that runs. */
  abort(reason: string): void {
    for (const supervisor of this.supervisors) supervisor.abort(reason);
  }

  /** Shuts every instance down and ends the threads. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await Promise.all(this.supervisors.map((supervisor) => supervisor.stop()));
    await Promise.all(this.groups.map((group) => group.destroy()));
  }

  /** Ends the threads now, whatever they do. */
  async kill(): Promise<void> {
    this.stopping.abort();
    for (const supervisor of this.supervisors) supervisor.kill();
    await Promise.all(this.groups.map((group) => group.destroy()));
  }

  private supervisor(thread: number): ThreadSupervisor<Delivery> {
    const supervisor = this.supervisors[thread];
    if (supervisor === undefined) throw new RangeError(`there is no worker thread ${thread}`);
    return supervisor;
  }
}
