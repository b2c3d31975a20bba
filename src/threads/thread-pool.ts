import { randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import type { ConsumerError } from '../errors/index.js';
import { ThreadInspection } from './inspection/thread-inspection.js';
import type { InspectedThread } from './inspection/thread-watch.js';
import type { GroupPlan, PoolOptions } from './pool-options.js';
import type { Deliverable } from './session/deliverable.js';
import type { WorkerSession } from './session/worker-session.js';
import { Complaints } from './supervision/complaints.js';
import type { GroupStatus, LoopTimes } from './supervision/thread-status.js';
import { ThreadSupervisor } from './supervision/thread-supervisor.js';
import { ThreadGroup } from './thread-group.js';

/** All worker threads: one group for the shared ones, and one for each entry with its own. */
export class ThreadPool<Delivery extends Deliverable> {
  private readonly groups: readonly ThreadGroup[];
  private readonly plans: readonly GroupPlan<Delivery>[];
  private readonly supervisors: readonly ThreadSupervisor<Delivery>[];
  private readonly bySlot = new Map<number, ThreadSupervisor<Delivery>>();
  /** Shows what the threads do. */
  readonly inspection: ThreadInspection;
  private readonly stopping = new AbortController();

  constructor(options: PoolOptions<Delivery>) {
    const threads = options.groups.reduce((sum, group) => sum + group.threads.length, 0);
    const complaints = new Complaints(options.logger, 'a worker thread');
    const stopping = this.stopping.signal;
    this.plans = options.groups;
    this.inspection = new ThreadInspection({
      find: (thread) => this.inspected(this.newest(thread)),
      sourceMaps: options.sourceMaps,
    });
    const supervisors: ThreadSupervisor<Delivery>[] = [];
    this.groups = options.groups.map(({ threads: plans, resourceLimits, nice }) => {
      const own: ThreadSupervisor<Delivery>[] = [];
      const onSpawnFailed = (error: Error): void => {
        options.logger.error({ err: error }, `cannot start a worker thread: ${error.message}`);
        for (const supervisor of own) supervisor.spawnFailed(error);
      };
      const group = new ThreadGroup({ threads: plans.length, resourceLimits, nice, complaints, onSpawnFailed });
      for (const plan of plans) {
        const supervisor = new ThreadSupervisor({
          ...options,
          thread: supervisors.length,
          threads,
          plan,
          run: group.run,
          stackOf: (session, withinMs) =>
            this.inspection.stack(session.thread, { withinMs, find: () => this.inspected(session) }),
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

  /** Read on the main thread: it needs no answer of the threads. */
  get status(): readonly GroupStatus[] {
    let first = 0;
    return this.plans.map(({ name, threads }, index) => {
      const own = this.supervisors.slice(first, first + threads.length);
      first += threads.length;
      const workers = this.groups[index]?.workers ?? [];
      const loops = new Map(
        workers.map(({ threadId, performance }) => [threadId, performance.eventLoopUtilization()] as const),
      );
      const loopOf = (threadId: number | undefined): LoopTimes | undefined =>
        threadId === undefined ? undefined : loops.get(threadId);
      return {
        name,
        threads: own.map(({ status }) => ({ ...status, loop: loopOf(status.threadId) })),
        loops: [...loops.values()],
      };
    });
  }

  /** The newest session of a thread. */
  newest(thread: number): WorkerSession<Delivery> {
    return this.supervisor(thread).session;
  }

  /**
   * Runs the startup handlers, thread 0 first, and makes the instances; returns the constructors that threw.
   * @throws ConsumerError `STARTUP_FAILED`; ConfigurationError when a module is unusable
   */
  async start(): Promise<readonly { slot: number; error: Error }[]> {
    const [first, ...others] = this.supervisors;
    if (first === undefined) return [];
    await this.inspection.start();
    await startSystemThreads();
    await first.runStartup();
    await Promise.all(others.map((supervisor) => supervisor.runStartup()));
    const failures = await Promise.all(this.supervisors.map((supervisor) => supervisor.start()));
    return failures.flat();
  }

  killThread(slot: number, cause: ConsumerError): void {
    const supervisor = this.bySlot.get(slot);
    if (supervisor === undefined) throw new RangeError(`no worker thread has the slot ${slot}`);
    supervisor.killThread(slot, cause);
  }

  /**
   * Replaces a thread; resolves when its successor takes over.
   * @returns false if it is being replaced already
   * @throws if the successor cannot start; the thread serves on
   */
  recycle(thread: number, reason: string): Promise<boolean> {
    return this.supervisor(thread).recycle(reason);
  }

  /** Of the lines of a slot's consumer, in this thread and those that replace it. */
  setLogLevel(slot: number, level: string): void {
    this.bySlot.get(slot)?.setLogLevel(slot, level);
  }

  abort(reason: string): void {
    for (const supervisor of this.supervisors) supervisor.abort(reason);
  }

  /**
   * Shuts every instance and the resources of every thread down and ends the threads.
   * @param withinMs when the caller terminates them
   */
  async stop(withinMs: number): Promise<void> {
    this.stopping.abort();
    await Promise.all(this.supervisors.map((supervisor) => supervisor.stop(withinMs)));
    await Promise.all(this.groups.map((group) => group.kill()));
    this.inspection.stop();
  }

  async kill(): Promise<void> {
    this.stopping.abort();
    for (const supervisor of this.supervisors) supervisor.kill();
    await Promise.all(this.groups.map((group) => group.kill()));
    this.inspection.stop();
  }

  /** Undefined before its session booted, and after its thread died. */
  private inspected({ identity, vitals }: WorkerSession<Delivery>): InspectedThread | undefined {
    const worker = this.groups.flatMap(({ workers }) => workers).find((each) => each.threadId === identity?.threadId);
    return worker === undefined ? undefined : { worker, taskId: identity?.taskId, isEnding: () => vitals.isEnding };
  }

  private supervisor(thread: number): ThreadSupervisor<Delivery> {
    const supervisor = this.supervisors[thread];
    if (supervisor === undefined) throw new RangeError(`there is no worker thread ${thread}`);
    return supervisor;
  }
}

/** libuv's threads serve the main thread, too, and inherit the priority of the thread that uses them first. */
async function startSystemThreads(): Promise<void> {
  await promisify(randomBytes)(1);
}
