import type { ResourceLimits } from 'node:worker_threads';
import type { Logger } from 'pino';
import type { HeapFigures, MessageMemory, ModuleReference, SlotSpec, WorkerLogging } from '../protocol/index.js';
import type { Deliverable, Orphan } from './handed-deliveries.js';
import type { SessionEvents } from './session-events.js';

export interface PoolOptions<Delivery extends Deliverable> {
  readonly baseDir: string;
  readonly startupHandler: ModuleReference | undefined;
  readonly startupTimeoutMs: number;
  readonly logging: WorkerLogging;
  /** Threads are numbered through all groups, from 0. */
  readonly groups: readonly GroupPlan[];
  /** Deliveries that may be handed to one slot at a time. */
  readonly window: number;
  /** Where the messages of all deliveries lie. */
  readonly memory: MessageMemory;
  readonly events: PoolEvents<Delivery>;
  readonly logger: Logger;
  readonly random: () => number;
}

/** Threads that are alike: those that all entries share, or those that one entry has to itself. */
export interface GroupPlan {
  /** Of each thread; what is left out is the default of Node.js. */
  readonly resourceLimits: ResourceLimits;
  readonly threads: readonly ThreadPlan[];
}

/** What one thread is to serve. */
export interface ThreadPlan {
  readonly slots: readonly SlotSpec[];
  /** Past this its heap is measured after a full collection, and told as outgrown, in MiB; absent: never. */
  readonly heapMb?: number | undefined;
}

export interface PoolEvents<Delivery extends Deliverable> extends SessionEvents<Delivery> {
  /** Before a thread on which something runs is terminated: a native addon may end the whole process over that. */
  threadTerminates(ending: ThreadEnding<Delivery>): void;
  /** When a thread died while it served; its slots are down until `slotUp`. */
  threadDied(death: ThreadDeath<Delivery>): void;
  /** When the thread of a slot has a successor: the slot is down, and the promise resolves when nothing is with it any more. */
  slotRetires(slot: number): Promise<void>;
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
  /** Those that it served; its successor may have taken over some already. */
  readonly slots: readonly number[];
  /** What was with the thread: the begun are suspects, the others innocent. */
  readonly orphans: readonly Orphan<Delivery>[];
  readonly cause: Error;
  /** What the thread noted last; nothing if it never ran a delivery. */
  readonly heap: HeapFigures | undefined;
}
