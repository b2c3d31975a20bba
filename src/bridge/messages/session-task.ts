import type { MessagePort } from 'node:worker_threads';
import type { LineForm } from './line-form.js';
import type { ModuleReference } from './slot-spec.js';

/** What a thread knows before its session. */
export interface ThreadData {
  /** How much lower than that of the process its priority is, 0 to 19; 0: leave it. */
  readonly nice: number;
}

/** The argument of a session task. */
export interface SessionTask {
  readonly port: MessagePort;
  readonly claims: SharedArrayBuffer;
  /** See delivery-heads.ts. */
  readonly heads: SharedArrayBuffer;
  /** See vitals.ts. */
  readonly vitals: SharedArrayBuffer;
  /** See log-credit.ts. */
  readonly logCredit: SharedArrayBuffer;
  readonly thread: number;
  readonly threads: number;
  /** Limit in MiB of what a full collection leaves; absent: none. */
  readonly heapMb: number | undefined;
  readonly baseDir: string;
  readonly startupHandler: ModuleReference | undefined;
  /** Limit of `shutdown` of the startup handler's module. */
  readonly shutdownTimeoutMs: number;
  readonly logging: WorkerLogging;
  readonly sourceMaps: boolean;
  /** Absent: no spans. */
  readonly tracing?: TracingTask;
}

/** How a thread makes its spans. */
export interface TracingTask extends TracingPlan {
  /** See span-cells.ts. */
  readonly spans: SharedArrayBuffer;
}

export interface TracingPlan {
  /** True: the publisher's span is the parent of `consume`; false: it is linked. */
  readonly parent: boolean;
  /** Share of the messages that may begin a trace, from 0 to 1; the SDK's sampler decides about those. */
  readonly sampleRatio: number;
  /** Of the broker; absent: it is one of several. */
  readonly server?: { readonly host: string; readonly port: number };
  /** Of this program. */
  readonly version: string;
}

/** Plain pino options for worker loggers. */
export interface WorkerLogging {
  readonly level: string;
  readonly options: Readonly<Record<string, unknown>>;
  readonly form: LineForm;
}
