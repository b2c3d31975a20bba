import { fileURLToPath } from 'node:url';
import type { ResourceLimits, Worker } from 'node:worker_threads';
import { Piscina } from 'piscina';
import type { SessionTask, ThreadData } from '../bridge/index.js';
import type { RunTask } from './pool-options.js';
import { plainError } from './session/session-failure.js';
import { guardTaskPorts } from './session/task-port-guard.js';
import type { Complaints } from './supervision/complaints.js';

const SESSION_FILE = fileURLToPath(new URL('../../workers/session-file.cjs', import.meta.url));
/** Ends threads without a session, whose start was given up. */
const IDLE_MS = 1_000;

/**
 * The main thread must get a processor when it needs one, however many threads compute. With 10 instead of 5, each message
 * cost the main thread more, and two threads that only ack were 4 to 7 % slower on two processors.
 */
const NICE = 5;
/** Elsewhere a nice value belongs to the whole process; see sched(7), "The nice value". */
const HAS_PRIORITIES = process.platform === 'linux';

export interface GroupOptions {
  readonly threads: number;
  readonly resourceLimits: ResourceLimits;
  readonly nice: number | undefined;
  readonly complaints: Complaints;
  readonly onSpawnFailed: (error: Error) => void;
}

/** One Piscina pool, with a fresh thread for each session, so that nothing of one's user code reaches the next. */
export class ThreadGroup {
  private readonly piscina: Piscina<SessionTask, void>;

  constructor({ threads, resourceLimits, nice = NICE, complaints, onSpawnFailed }: GroupOptions) {
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
      workerData: { nice: HAS_PRIORITIES ? nice : 0 } satisfies ThreadData,
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
