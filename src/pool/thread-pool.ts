import type { ConsumerError } from '../errors/index.js';
import { Complaints } from './complaints.js';
import type { Deliverable } from './handed-deliveries.js';
import type { PoolOptions } from './pool-options.js';
import { ThreadGroup } from './thread-group.js';
import { ThreadLine } from './thread-line.js';
import type { WorkerSession } from './worker-session.js';

/**
 * The worker threads: a session on each, for as long as the thread serves. Those that all entries share are one Piscina pool,
 * and so are those of each entry that has its own.
 */
export class ThreadPool<Delivery extends Deliverable> {
  private readonly groups: readonly ThreadGroup[];
  private readonly lines: readonly ThreadLine<Delivery>[];
  /** The line of each slot. */
  private readonly places = new Map<number, ThreadLine<Delivery>>();
  private readonly stopping = new AbortController();

  constructor(options: PoolOptions<Delivery>) {
    const threads = options.groups.reduce((sum, group) => sum + group.threads.length, 0);
    const complaints = new Complaints(options.logger, 'a worker thread');
    const stopping = this.stopping.signal;
    const lines: ThreadLine<Delivery>[] = [];
    this.groups = options.groups.map(({ threads: plans, resourceLimits }) => {
      const own: ThreadLine<Delivery>[] = [];
      const onUnborn = (error: Error): void => {
        options.logger.error({ err: error }, `a worker thread could not start: ${error.message}`);
        for (const line of own) line.unborn(error);
      };
      const group = new ThreadGroup({ threads: plans.length, resourceLimits, complaints, onUnborn });
      for (const plan of plans) {
        const line = new ThreadLine({ ...options, thread: lines.length, threads, plan, run: group.run, stopping });
        own.push(line);
        lines.push(line);
        for (const { slot } of plan.slots) this.places.set(slot, line);
      }
      return group;
    });
    this.lines = lines;
    options.memory.onDropped(({ id }) => {
      for (const line of this.lines) line.forget(id);
    });
  }

  /** The session that serves a slot now. */
  session(slot: number): WorkerSession<Delivery> {
    return this.lineOf(slot).session(slot);
  }

  /** The session that takes what comes to a thread. */
  newest(thread: number): WorkerSession<Delivery> {
    return this.line(thread).session();
  }

  /**
   * Runs the startup handler, thread 0 first, and makes the instances. Tells which constructors threw.
   * @throws ConsumerError `STARTUP_FAILED`; ConfigurationError when a module cannot be used
   */
  async start(): Promise<readonly { slot: number; error: Error }[]> {
    const [first, ...others] = this.lines;
    if (first === undefined) return [];
    await first.startUp();
    await Promise.all(others.map((line) => line.startUp()));
    const failures = await Promise.all(this.lines.map((line) => line.host()));
    for (const line of this.lines) line.serve();
    return failures.flat();
  }

  /** Ends the thread of a slot, whatever it does; another takes its place, and `threadDied` tells with this cause what was with it. */
  end(slot: number, cause: ConsumerError): void {
    this.lineOf(slot).end(slot, cause);
  }

  /**
   * Replaces a thread for a reason that the log tells; resolves when its successor takes what comes. What runs ends where it is.
   * @returns false when it is being replaced already
   * @throws when the successor could not start; the thread serves on
   */
  renew(thread: number, reason: string): Promise<boolean> {
    return this.line(thread).renew(reason);
  }

  /** Aborts the signal of everything that runs. */
  abort(reason: string): void {
    for (const line of this.lines) line.abort(reason);
  }

  /** Shuts every instance down and ends the threads in good order. */
  async quit(): Promise<void> {
    this.stopping.abort();
    await Promise.all(this.lines.map((line) => line.quit()));
    await Promise.all(this.groups.map((group) => group.destroy()));
  }

  /** Ends the threads now, whatever they do. */
  async terminate(): Promise<void> {
    this.stopping.abort();
    for (const line of this.lines) line.kill();
    await Promise.all(this.groups.map((group) => group.destroy()));
  }

  private lineOf(slot: number): ThreadLine<Delivery> {
    const line = this.places.get(slot);
    if (line === undefined) throw new RangeError(`no worker thread has the slot ${slot}`);
    return line;
  }

  private line(thread: number): ThreadLine<Delivery> {
    const line = this.lines[thread];
    if (line === undefined) throw new RangeError(`there is no worker thread ${thread}`);
    return line;
  }
}
