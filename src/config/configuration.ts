import type { ResourceLimits } from 'node:worker_threads';
import type { ConnectionSettings, ExchangeDeclaration, QueueDeclaration } from '../broker/index.js';
import type { RetryPlan } from '../failures/index.js';
import type { Path } from './problem.js';
import type { ListenAddress } from './values/listen-address.js';
import type { ModuleReference } from './values/module-reference.js';
import type { PartitionBy } from './values/partition-by.js';

/** MiB per worker thread; absent limits: the defaults of Node.js. */
export interface ThreadLimits extends ResourceLimits {
  /** Added to the nice value of the process, 0 to 19; absent: the default of the pool. */
  readonly nice?: number;
}

/** A valid configuration file with its defaults filled in. */
export interface Configuration {
  readonly file: string;
  /** Absolute folder of the file; module paths are relative to it. */
  readonly baseDir: string;
  readonly startupHandler?: UserFunction;
  /** Default 60000. */
  readonly startupTimeoutMs: number;
  /** Absent: the caller's default. */
  readonly threads?: number;
  readonly connection: ConnectionSettings;
  readonly resourceLimits: ThreadLimits;
  /** Absent: no HTTP server. */
  readonly http?: HttpSettings;
  /** Absent: no spans. `parent`: the publisher's span is the parent of `consume`; otherwise it is linked. */
  readonly tracing?: { readonly parent: boolean; readonly sampleRatio: number };
  /** Absolute path; absent: the caller's default. */
  readonly controlSocket?: string;
  /** Period of the summary lines; 0: none. */
  readonly summaryMs: number;
  readonly exchanges: readonly ExchangeDeclaration[];
  readonly queues: readonly QueueDeclaration[];
  readonly consumers: readonly ConsumerConfig[];
}

/** The HTTP server. */
export interface HttpSettings {
  readonly listen: ListenAddress;
  /** Default true. */
  readonly metrics: boolean;
  /** Default false. */
  readonly console: boolean;
  /** Absolute path; absent: the console has no token. */
  readonly tokenFile?: string;
}

/** Where an entry stands in the file, for messages that refer to it later. */
export interface Entry {
  /** Path in its file, after the name of that file if it is an included one. */
  readonly path: string;
  /** `FILE:LINE:COLUMN  path`, as a problem begins. */
  readonly place: string;
}

/** A function that the user wrote: the startup handler or a middleware. */
export interface UserFunction extends ModuleReference, Entry {
  /** The reference as written in the file. */
  readonly written: string;
  readonly place: string;
}

/** AMQP arguments, spelled as the broker spells them. */
export type ArgumentTable = Readonly<Record<string, unknown>>;

/** A consumer class and the queue it consumes from. */
export interface ConsumerConfig extends Entry {
  /** The reference as written in the file. */
  readonly consumer: string;
  readonly reference: ModuleReference;
  /** Name in logs and for `--only`: `name:`, else the export, or the file's base name for a default export. */
  readonly name: string;
  readonly queue: string;
  /** Default 1. */
  readonly consumerCount: number;
  /** Default: consumerCount; with `batch`, two full batches per instance. 0 means unlimited. */
  readonly prefetchCount: number;
  /** Worker threads a message may kill before it is put aside; default 3; 0 means never. */
  readonly maxDeaths: number;
  /** Absent: failed messages return to the queue, without limit. */
  readonly retry?: RetryPlan;
  /** Where a message goes after its last attempt; default dead_letter. */
  readonly onExhausted: 'dead_letter' | 'discard';
  /** Messages that may begin per second, across all instances of this daemon; absent: unlimited. */
  readonly rateLimit?: number;
  /** Messages with one key run one at a time, in order; absent: any free instance takes the next message. */
  readonly partitionBy?: PartitionBy;
  /** Absent: consumers get one message at a time. */
  readonly batch?: BatchConfig;
  /** Absent: no time limit per message. */
  readonly timeout?: TimeoutConfig;
  /** Worker threads dedicated to this entry; absent: the shared threads. */
  readonly threads?: number;
  /** Limits of its dedicated threads: those of the file, overridden by its own. */
  readonly resourceLimits: ThreadLimits;
  /** When to replace a thread that serves this entry; absent: never. */
  readonly recycle?: RecycleConfig;
  /** How long `shutdown()` of an instance may take; default 10000. */
  readonly shutdownTimeoutMs: number;
  readonly arguments: ArgumentTable;
  /** Passed to the consumer as `context.options`. */
  readonly options: Readonly<Record<string, unknown>>;
  /** Functions around `consume`, outermost first; default none. */
  readonly middleware: readonly UserFunction[];
  /** Absent: bodies are not checked. */
  readonly decode?: DecodeConfig;
  /** Where a part of the entry stands. */
  readonly locate: (path: Path) => Entry;
}

/** What a body must be before a consumer sees the message. */
export interface DecodeConfig {
  readonly json: {
    /** Absent: any JSON. */
    readonly schema?: SchemaFileConfig;
  };
}

/** A JSON Schema file. */
export interface SchemaFileConfig extends Entry {
  readonly file: string;
}

/** How many messages `consume` gets at once. */
export interface BatchConfig {
  /** Maximum number of messages; default 100. */
  readonly size: number;
  /** How long the first message waits for more; default 500. */
  readonly waitMs: number;
}

/** How long a consumer may take for one message, counted from when it begins. */
export interface TimeoutConfig {
  /** Aborts the delivery's signal. */
  readonly softMs?: number;
  /** Terminates the thread. */
  readonly hardMs?: number;
}

/** When to replace a worker thread; the first limit reached counts. */
export interface RecycleConfig {
  /** Messages of this entry that the thread has served. */
  readonly messages?: number;
  /** MiB in use after a full garbage collection, Buffers included. */
  readonly heapMb?: number;
  /** Milliseconds since the thread started. */
  readonly ageMs?: number;
}
