import { openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { threadId } from 'node:worker_threads';
import type { Lap } from '../statistics/samples.js';
import type { WorkPlan } from '../workloads/work-plan.js';
import { mainThreadTimeMs } from './thread-time.js';

/**
 * Runs in the measured process, in the code that consumes: the same few instructions for every contestant. One for each
 * thread, however many instances share it. It notes the time once in a while in a file of its own, and the harness merges
 * the files of all threads (samples.ts).
 */
export class Stopwatch {
  readonly #every: number;
  readonly #file: number;
  #left: number;

  constructor({ lapFolder, lapEvery }: Pick<WorkPlan, 'lapFolder' | 'lapEvery'>) {
    this.#every = lapEvery;
    this.#left = lapEvery;
    this.#file = openSync(join(lapFolder, `${process.pid}-${threadId}.laps`), 'a');
  }

  /** To be called once for each message, first thing. */
  lap(): void {
    if (--this.#left > 0) return;
    this.#left = this.#every;
    writeSync(this.#file, `${JSON.stringify(takeLap())}\n`);
  }
}

function takeLap(): Lap {
  const [seconds, nanoseconds] = process.hrtime();
  const { user, system } = process.cpuUsage();
  const mainMs = mainThreadTimeMs();
  return {
    atMs: seconds * 1e3 + nanoseconds / 1e6,
    cpuMicroseconds: user + system,
    ...(mainMs !== undefined && { mainCpuMicroseconds: mainMs * 1000 }),
  };
}
