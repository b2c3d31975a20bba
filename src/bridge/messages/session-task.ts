import type { MessagePort } from 'node:worker_threads';
import type { LineForm } from './line-form.js';
import type { ModuleReference } from './slot-spec.js';

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
}

/** Plain pino options for worker loggers. */
export interface WorkerLogging {
  readonly level: string;
  readonly options: Readonly<Record<string, unknown>>;
  readonly form: LineForm;
}
