import { readFileSync } from 'node:fs';
import type { Worker } from 'node:worker_threads';
import type { Evidence } from './stack-report.js';

/** A tick of the kernel's accounting, on every architecture that Node.js supports. */
const TICK_MS = 10;
/** After the name of the thread, which may contain anything. */
const FIELDS = { state: 0, userTicks: 11, systemTicks: 12 } as const;

interface TaskFigures {
  readonly isAsleep: boolean;
  readonly cpuMs: number;
}

/** A worker thread, and its id in the kernel. */
export interface InspectedThread {
  readonly worker: Worker;
  /** Undefined where there is no /proc. */
  readonly taskId: number | undefined;
  /** True: it was told to end, or ends by itself. */
  readonly isEnding: () => boolean;
}

/** Watches from outside how a thread spends its time from now on; needs no cooperation of the thread. */
export class ThreadWatch {
  private readonly thread: InspectedThread;
  private readonly startedAt = performance.now();
  private readonly idleBefore: number;
  private readonly before: TaskFigures | undefined;

  constructor(thread: InspectedThread) {
    this.thread = thread;
    this.idleBefore = thread.worker.performance.eventLoopUtilization().idle;
    this.before = readTask(thread.taskId);
  }

  read(): Pick<Evidence, 'idleShare' | 'cpuShare' | 'isAsleep'> {
    const elapsedMs = Math.max(1, performance.now() - this.startedAt);
    const { idle } = this.thread.worker.performance.eventLoopUtilization();
    const now = readTask(this.thread.taskId);
    return {
      idleShare: Math.max(0, idle - this.idleBefore) / elapsedMs,
      cpuShare:
        now === undefined || this.before === undefined ? undefined : (now.cpuMs - this.before.cpuMs) / elapsedMs,
      isAsleep: this.before?.isAsleep === true && now?.isAsleep === true,
    };
  }
}

/** The figures of a thread of this process; undefined if the system does not tell. */
export function readTask(taskId: number | undefined): TaskFigures | undefined {
  if (taskId === undefined) return undefined;
  try {
    // A file of the kernel: it never waits for a disk.
    return figuresOf(readFileSync(`/proc/self/task/${taskId}/stat`, 'latin1'));
  } catch {
    return undefined;
  }
}

/** Reads `/proc/PID/task/ID/stat`, see proc(5). */
export function figuresOf(stat: string): TaskFigures | undefined {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const state = fields[FIELDS.state];
  const ticks = Number(fields[FIELDS.userTicks]) + Number(fields[FIELDS.systemTicks]);
  return Number.isFinite(ticks) ? { isAsleep: state === 'S' || state === 'D', cpuMs: ticks * TICK_MS } : undefined;
}
