import type { ModuleReference } from './module-reference.js';
import type { PartitionBy } from './partition-by.js';
import type { Position } from './problem.js';

/** A configuration file that was found right, with its defaults filled in. */
export interface Configuration {
  /** Absolute path of the file. */
  readonly file: string;
  /** Absolute folder of the file; modules are resolved from here. */
  readonly baseDir: string;
  readonly startupHandler?: StartupHandlerConfig;
  /** Milliseconds, default 60000. */
  readonly startupTimeoutMs: number;
  /** Only what the file says; the default is the caller's. */
  readonly threads?: number;
  readonly connection: ConnectionConfig;
  readonly resourceLimits: ResourceLimits;
  readonly exchanges: readonly ExchangeConfig[];
  readonly queues: readonly QueueConfig[];
  readonly consumers: readonly ConsumerConfig[];
}

/** How the broker is reached. */
export interface ConnectionConfig {
  /** Default 10000. */
  readonly connectTimeoutMs: number;
  /** Bound of the first wait before a new attempt; default 100. */
  readonly reconnectDelayMs: number;
  /** Bound of every wait; default 30000. */
  readonly reconnectDelayMaxMs: number;
  /** Default 60000. */
  readonly stallTimeoutMs: number;
  readonly tls: TlsConfig;
}

/** Absolute paths of PEM files; certificate and key come together or not at all. */
export interface TlsConfig {
  readonly ca?: string;
  readonly certificate?: string;
  readonly key?: string;
  readonly serverName?: string;
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

/** The function that each worker thread runs first. */
export interface StartupHandlerConfig extends ModuleReference, Entry {
  /** The reference as the file has it. */
  readonly written: string;
}

/** Arguments as the broker spells them. */
export type ArgumentTable = Readonly<Record<string, unknown>>;

/** One binding; `exchange` is the source. */
export interface BindingConfig {
  readonly exchange: string;
  /** Default: empty. */
  readonly routingKey: string;
  readonly arguments: ArgumentTable;
}

/** An exchange to declare, or to check when passive. */
export interface ExchangeConfig extends Entry {
  readonly exchange: string;
  /** direct, fanout, topic, headers or x-…; undefined only when passive and not given. */
  readonly type: string | undefined;
  readonly durable: boolean;
  readonly autoDelete: boolean;
  readonly internal: boolean;
  readonly passive: boolean;
  readonly arguments: ArgumentTable;
  readonly bindings: readonly BindingConfig[];
}

/** A queue to declare, or to check when passive. */
export interface QueueConfig extends Entry {
  readonly queue: string;
  readonly durable: boolean;
  readonly autoDelete: boolean;
  readonly exclusive: boolean;
  readonly passive: boolean;
  /** The x_ keys of the file are folded in here. */
  readonly arguments: ArgumentTable;
  readonly bindings: readonly BindingConfig[];
}

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
  readonly retry?: RetryConfig;
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
  readonly middleware: readonly MiddlewareConfig[];
  /** Absent: messages are taken as they come. */
  readonly decode?: DecodeConfig;
}

/** A function that is called around `consume`. */
export interface MiddlewareConfig extends ModuleReference, Entry {
  /** The reference as the file has it. */
  readonly written: string;
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

/** How messages that fail are tried again. */
export interface RetryConfig {
  /** Deliveries in all, the first included; default 5. */
  readonly attempts: number;
  /** The wait after the first failure; default 1000. */
  readonly delayMs: number;
  /** Default exponential. */
  readonly backoff: 'exponential' | 'fixed';
  /** What each further wait is multiplied by; default 4. */
  readonly factor: number;
  /** The longest wait; default 600000. */
  readonly maxDelayMs: number;
  /** Part of a wait by which it may be shorter, 0 to 1; default 0.2. */
  readonly jitter: number;
}
