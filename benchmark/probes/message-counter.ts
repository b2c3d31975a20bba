import { openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { threadId } from 'node:worker_threads';
import type { Sample } from '../statistics/samples.js';
import type { WorkPlan } from '../workloads/work-plan.js';
import { mainThreadTimeMs } from './thread-time.js';

/**
 * Runs inside the measured process and costs every contestant the same few instructions. Each thread has one counter, shared by
 * its instances. Every so many messages it appends a sample to a file of its own; the harness merges the files (samples.ts).
 */
export class MessageCounter {
  readonly #every: number;
  readonly #file: number;
  #left: number;

  constructor({ sampleFolder, sampleEvery }: Pick<WorkPlan, 'sampleFolder' | 'sampleEvery'>) {
    this.#every = sampleEvery;
    this.#left = sampleEvery;
    this.#file = openSync(join(sampleFolder, `${process.pid}-${threadId}.samples`), 'a');
  }

  /** The consumer calls this once for each message, before it works. */
  count(): void {
    if (--this.#left > 0) return;
    this.#left = this.#every;
    writeSync(this.#file, `${JSON.stringify(takeSample())}\n`);
  }
}

function takeSample(): Sample {
  const [seconds, nanoseconds] = process.hrtime();
  const { user, system } = process.cpuUsage();
  const mainMs = mainThreadTimeMs();
  return {
    atMs: seconds * 1e3 + nanoseconds / 1e6,
    cpuMicroseconds: user + system,
    ...(mainMs !== undefined && { mainCpuMicroseconds: mainMs * 1000 }),
  };
}
