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
  /** The slots of each thread; as many entries as there are threads. */
  readonly slots: readonly (readonly SlotSpec[])[];
  /** Deliveries that may be handed to one slot at a time. */
  readonly window: number;
  /** Where the messages of all deliveries lie. */
  readonly memory: MessageMemory;
  /** Of each thread; what is left out is the default of Node.js. */
  readonly resourceLimits: ResourceLimits;
  readonly events: PoolEvents<Delivery>;
  readonly logger: Logger;
  readonly random: () => number;
}

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
