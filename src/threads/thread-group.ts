import { fileURLToPath } from 'node:url';
import type { ResourceLimits, Worker } from 'node:worker_threads';
import { Piscina } from 'piscina';
import type { SessionTask } from '../bridge/index.js';
import type { RunTask } from './pool-options.js';
import { plainError } from './session/session-failure.js';
import { guardTaskPorts } from './session/task-port-guard.js';
import type { Complaints } from './supervision/complaints.js';

const SESSION_FILE = fileURLToPath(new URL('../../workers/session-file.cjs', import.meta.url));
/** Ends threads without a session, whose start was given up. */
const IDLE_MS = 1_000;

export interface GroupOptions {
  readonly threads: number;
  readonly resourceLimits: ResourceLimits;
  readonly complaints: Complaints;
  readonly onSpawnFailed: (error: Error) => void;
}

/** One Piscina pool, with a fresh thread for each session, so that nothing of one's user code reaches the next. */
export class ThreadGroup {
  private readonly piscina: Piscina<SessionTask, void>;

  constructor({ threads, resourceLimits, complaints, onSpawnFailed }: GroupOptions) {
    this.piscina = new Piscina({
      filename: SESSION_FILE,
      name: 'session',
      minThreads: 0,
      // one successor beside each
      maxThreads: 2 * threads,
      concurrentTasksPerWorker: 1,
      idleTimeout: IDLE_MS,
      // 'sync', the default, would stop a consumer's timers and sockets while its thread is idle.
      atomics: 'disabled',
      recordTiming: false,
      resourceLimits,
    });
    guardTaskPorts(this.piscina, (what) => complaints.note(what));
    this.piscina.on('error', (error: unknown) => onSpawnFailed(plainError(error)));
  }

  /** Its threads, idle ones included. */
  get workers(): readonly Worker[] {
    return this.piscina.threads;
  }

  readonly run: RunTask = (task, signal) => this.piscina.run(task, { transferList: [task.port], signal });

  kill(): Promise<void> {
    return this.piscina.destroy();
  }
}
