import type { ResourceLimits } from 'node:worker_threads';
import type { Logger } from 'pino';
import type { MessageMemory } from '../amqp/index.js';
import type { HeapFigures, ModuleReference, SessionTask, SlotSpec, WorkerLogging } from '../bridge/index.js';
import type { SessionEvents } from './session/session-events.js';
import type { Deliverable, Orphan, ThreadLink } from './session/thread-link.js';

export interface PoolOptions<Delivery extends Deliverable> {
  readonly baseDir: string;
  readonly startupHandler: ModuleReference | undefined;
  readonly startupTimeoutMs: number;
  readonly logging: WorkerLogging;
  /** Threads are numbered through all groups, from 0. */
  readonly groups: readonly GroupPlan<Delivery>[];
  /** Deliveries that may be handed to one slot at a time. */
  readonly window: number;
  /** Where the messages of all deliveries lie. */
  readonly memory: MessageMemory;
  readonly events: PoolEvents<Delivery>;
  readonly logger: Logger;
  readonly random: () => number;
}

/** Threads that are alike: those that all entries share, or those that one entry has to itself. */
export interface GroupPlan<Delivery extends Deliverable> {
  /** Of each thread; what is left out is the default of Node.js. */
  readonly resourceLimits: ResourceLimits;
  readonly threads: readonly ThreadPlan<Delivery>[];
}

/** What one thread is to serve. */
export interface ThreadPlan<Delivery extends Deliverable> {
  readonly slots: readonly HostedSlot<Delivery>[];
  /** Past this its heap is measured after a full collection, and told as outgrown, in MiB; absent: never. */
  readonly heapMb?: number | undefined;
}

/** An instance's place on a thread, as the thread's supervisor knows it. */
export interface HostedSlot<Delivery extends Deliverable> {
  readonly spec: SlotSpec;
  /** To the thread that serves it; another one only while nothing is with the slot. */
  link: ThreadLink<Delivery> | undefined;
  /** False while the instance, or its thread, is being replaced. */
  isUp: boolean;
  /** Its instance takes deliveries. */
  goUp(): void;
  /** Its instance is being replaced. */
  goDown(): void;
  /** It came across deliveries that were taken back from it: its thread is not blocked any more. */
  wake(): void;
  /** Its thread has a successor: nothing goes there any more. Resolves when nothing is with the slot. */
  retire(): Promise<void>;
  /** Its thread died. @param orphans what was with the thread, of whatever slot */
  threadDied(orphans: readonly Orphan<Delivery>[], cause: Error): void;
}

/** What the threads under one number are made of. */
export interface ThreadOptions<Delivery extends Deliverable> extends PoolOptions<Delivery> {
  readonly thread: number;
  /** In the whole pool. */
  readonly threads: number;
  readonly plan: ThreadPlan<Delivery>;
  readonly run: RunTask;
  readonly stopping: AbortSignal;
}

/** Runs a session task on a thread, until it ends or the signal ends the thread. */
export type RunTask = (task: SessionTask, signal: AbortSignal) => Promise<void>;

export interface PoolEvents<Delivery extends Deliverable> extends Pick<SessionEvents<Delivery>, 'publish' | 'log'> {
  /** Before a thread on which something runs is terminated: a native addon may end the whole process over that. */
  threadTerminates(ending: ThreadEnding<Delivery>): void;
  /** When a thread died while it served; its slots are down until they go up again. */
  threadDied(death: ThreadDeath<Delivery>): void;
  /** When the pool cannot go on: the startup handler failed in a replacement thread. */
  fatal(error: Error): void;
}

export interface ThreadEnding<Delivery> {
  readonly thread: number;
  /** Why, if there is more to say than that the daemon stops. */
  readonly reason: Error | undefined;
  /** At least one. */
  readonly running: readonly Delivery[];
}

export interface ThreadDeath<Delivery> {
  readonly thread: number;
  /** What was with the thread: the begun are suspects, the others innocent. */
  readonly orphans: readonly Orphan<Delivery>[];
  readonly cause: Error;
  /** What the thread noted last; nothing if it never ran a delivery. */
  readonly heap: HeapFigures | undefined;
}
