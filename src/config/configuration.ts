import type { ConnectionSettings, ExchangeDeclaration, QueueDeclaration } from '../broker/index.js';
import type { RetryPlan } from '../failures/index.js';
import type { ModuleReference } from './module-reference.js';
import type { PartitionBy } from './partition-by.js';
import type { Position } from './problem.js';

/** A configuration file that was found right, with its defaults filled in. */
export interface Configuration {
  /** Absolute path of the file. */
  readonly file: string;
  /** Absolute folder of the file; modules are resolved from here. */
  readonly baseDir: string;
  readonly startupHandler?: UserFunction;
  /** Milliseconds, default 60000. */
  readonly startupTimeoutMs: number;
  /** Only what the file says; the default is the caller's. */
  readonly threads?: number;
  readonly connection: ConnectionSettings;
  readonly resourceLimits: ResourceLimits;
  readonly exchanges: readonly ExchangeDeclaration[];
  readonly queues: readonly QueueDeclaration[];
  readonly consumers: readonly ConsumerConfig[];
}

/** Limits of each worker thread in MiB; what is left out is the default of Node.js. */
export interface ResourceLimits {
  readonly maxOldGenerationSizeMb?: number;
  readonly maxYoungGenerationSizeMb?: number;
  readonly codeRangeSizeMb?: number;
  readonly stackSizeMb?: number;
}

/** Where in the file an entry stands, for messages about it that come later. */
export interface Entry {
  /** As in `queues[0]`. */
  readonly path: string;
  readonly position: Position;
}

/** A function of the user's: the startup handler, or a middleware. */
export interface UserFunction extends ModuleReference, Entry {
  /** The reference as written in the file. */
  readonly written: string;
}

/** Arguments as the broker spells them. */
export type ArgumentTable = Readonly<Record<string, unknown>>;

/** A consumer class, and the queue that it consumes from. */
export interface ConsumerConfig extends Entry {
  /** The reference as the file has it. */
  readonly consumer: string;
  readonly reference: ModuleReference;
  /** Short name for logs: the export, or the file's base name for a default export. */
  readonly name: string;
  readonly queue: string;
  /** Default 1. */
  readonly consumerCount: number;
  /** Default: consumerCount, with batch twice as much as fills one of each instance; 0 is unlimited. */
  readonly prefetchCount: number;
  /** Threads that a message may take down before it is put aside; default 3; 0: it never is. */
  readonly maxDeaths: number;
  /** Absent: what fails goes back to its queue, without limit. */
  readonly retry?: RetryPlan;
  /** What becomes of a message that is tried no more; default dead_letter. */
  readonly onExhausted: 'dead_letter' | 'discard';
  /** Messages that may begin in a second, over all instances of this daemon; absent: any number. */
  readonly rateLimit?: number;
  /** Messages of one key go one at a time and in their order; absent: whichever instance is free takes the next. */
  readonly partitionBy?: PartitionBy;
  /** Absent: a consumer is called with one message at a time. */
  readonly batch?: BatchConfig;
  /** Absent: a consumer may take as long as it likes for a message. */
  readonly timeout?: TimeoutConfig;
  /** Worker threads that serve no other entry; absent: those that all share. */
  readonly threads?: number;
  /** Of each of its own threads: those of the file, and its own before them. */
  readonly resourceLimits: ResourceLimits;
  /** When a thread that serves the entry is replaced; absent: never. */
  readonly recycle?: RecycleConfig;
  /** Milliseconds that `shutdown()` of an instance may take; default 10000. */
  readonly shutdownTimeoutMs: number;
  readonly arguments: ArgumentTable;
  /** What the consumer gets as context.options. */
  readonly options: Readonly<Record<string, unknown>>;
  /** Functions around `consume`, the outermost first; default none. */
  readonly middleware: readonly UserFunction[];
  /** Absent: messages are taken as they come. */
  readonly decode?: DecodeConfig;
}

/** What a message must be before a consumer sees it. */
export interface DecodeConfig {
  readonly json: {
    /** Absent: any JSON. */
    readonly schema?: SchemaFileConfig;
  };
}

/** A JSON Schema. */
export interface SchemaFileConfig extends Entry {
  /** Absolute. */
  readonly file: string;
}

/** How many messages a consumer is called with. */
export interface BatchConfig {
  /** Messages at most; default 100. */
  readonly size: number;
  /** Milliseconds that the first of them waits for the others; default 500. */
  readonly waitMs: number;
}

/** How long a consumer may take for one message, from when it begins, in milliseconds. */
export interface TimeoutConfig {
  /** Then the delivery's signal aborts. */
  readonly softMs?: number;
  /** Then its thread is ended. */
  readonly hardMs?: number;
}

/** What ends the service of a worker thread, whichever comes first. */
export interface RecycleConfig {
  /** Messages of the entry that it has served. */
  readonly messages?: number;
  /** MiB that are left in it, Buffers included, when all garbage is collected. */
  readonly heapMb?: number;
  /** Milliseconds since it began. */
  readonly ageMs?: number;
}
