import type { ResourceLimits } from 'node:worker_threads';
import type { Logger } from 'pino';
import type { MessageMemory } from '../amqp/index.js';
import type {
  HeapFigures,
  ModuleReference,
  SessionTask,
  SlotSpec,
  TracingPlan,
  WorkerLogging,
} from '../bridge/index.js';
import type { StackReport } from './inspection/stack-report.js';
import type { Deliverable, Orphan } from './session/deliverable.js';
import type { SessionEvents } from './session/session-events.js';
import type { ThreadLink } from './session/thread-link.js';
import type { WorkerSession } from './session/worker-session.js';

export interface PoolOptions<Delivery extends Deliverable> {
  readonly baseDir: string;
  readonly startupHandler: ModuleReference | undefined;
  readonly startupTimeoutMs: number;
  readonly logging: WorkerLogging;
  /** Stacks name the sources of compiled modules. */
  readonly sourceMaps: boolean;
  /** Undefined: no spans. */
  readonly tracing?: TracingPlan | undefined;
  /** Threads are numbered from 0, across groups. */
  readonly groups: readonly GroupPlan<Delivery>[];
  /** Deliveries that may be with one slot. */
  readonly window: number;
  readonly memory: MessageMemory;
  readonly events: PoolEvents<Delivery>;
  readonly logger: Logger;
  readonly random: () => number;
}

/** Threads with the same limits. */
export interface GroupPlan<Delivery extends Deliverable> {
  /** `shared`, or the entry that they are dedicated to. */
  readonly name: string;
  /** Default: those of Node.js. */
  readonly resourceLimits: ResourceLimits;
  /** How much lower their priority is than that of the main thread, 0 to 19; Linux only. Default 5. */
  readonly nice?: number | undefined;
  readonly threads: readonly ThreadPlan<Delivery>[];
}

export interface ThreadPlan<Delivery extends Deliverable> {
  readonly slots: readonly HostedSlot<Delivery>[];
  /** Limit in MiB of what a full collection leaves; absent: none. */
  readonly heapMb?: number | undefined;
}

/** A slot, as the supervisor of its thread knows it. */
export interface HostedSlot<Delivery extends Deliverable> {
  readonly spec: SlotSpec;
  /** To the thread that serves it. */
  link: ThreadLink<Delivery> | undefined;
  /** False while the instance or its thread is being replaced. */
  isUp: boolean;
  goUp(): void;
  goDown(): void;
  /** It skipped a revoked delivery: its thread is no longer blocked. */
  wake(): void;
  /** Resolves when nothing runs on the slot any more. */
  drain(): Promise<void>;
  /** @param orphans everything that was with the thread */
  threadDied(orphans: readonly Orphan<Delivery>[], cause: Error): void;
}

export interface ThreadOptions<Delivery extends Deliverable> extends PoolOptions<Delivery> {
  readonly thread: number;
  readonly threads: number;
  readonly plan: ThreadPlan<Delivery>;
  readonly run: RunTask;
  /** Takes the stack of a thread that is about to be terminated. */
  readonly stackOf: (session: WorkerSession<Delivery>, withinMs: number) => Promise<StackReport>;
  readonly stopping: AbortSignal;
}

/** Runs a session task on a thread until it ends, or the signal ends the thread. */
export type RunTask = (task: SessionTask, signal: AbortSignal) => Promise<void>;

export interface PoolEvents<Delivery extends Deliverable>
  extends Pick<SessionEvents<Delivery>, 'publish' | 'log' | 'metrics' | 'metricsGone'> {
  /** A native addon may end the whole process with the thread. */
  threadTerminates(ending: ThreadEnding<Delivery>): void;
  /** Its slots are down until they go up again. */
  threadDied(death: ThreadDeath<Delivery>): void;
  /** The startup handler failed in a replacement thread. */
  fatal(error: Error): void;
}

export interface ThreadEnding<Delivery> {
  readonly thread: number;
  /** Undefined when the daemon stops. */
  readonly reason: Error | undefined;
  /** Where it was, a moment ago; undefined if nobody looked. */
  readonly stack: string | undefined;
  readonly running: readonly Delivery[];
}

export interface ThreadDeath<Delivery> {
  readonly thread: number;
  /** The begun are suspects, the others innocent. */
  readonly orphans: readonly Orphan<Delivery>[];
  readonly cause: Error;
  /** Undefined if it never ran a delivery. */
  readonly heap: HeapFigures | undefined;
}
