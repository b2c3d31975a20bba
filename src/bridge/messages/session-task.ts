import type { MessagePort } from 'node:worker_threads';
import type { ModuleReference } from './slot-spec.js';

/** What a session task is started with. */
export interface SessionTask {
  readonly port: MessagePort;
  readonly claims: SharedArrayBuffer;
  /** What the claimed deliveries are (delivery-heads.ts). */
  readonly heads: SharedArrayBuffer;
  /** Where the thread notes its heap figures. */
  readonly vitals: SharedArrayBuffer;
  /** Counts the log lines that are on their way. */
  readonly logCredit: SharedArrayBuffer;
  readonly thread: number;
  readonly threads: number;
  /** Past this the thread measures its heap after a full collection, in MiB; absent: never. */
  readonly heapMb: number | undefined;
  /** The folder that module references are resolved from. */
  readonly baseDir: string;
  readonly startupHandler: ModuleReference | undefined;
  readonly logging: WorkerLogging;
}

/** Plain pino options for the loggers of a worker thread. */
export interface WorkerLogging {
  readonly level: string;
  readonly options: Readonly<Record<string, unknown>>;
}
