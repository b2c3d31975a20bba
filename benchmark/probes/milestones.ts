import { appendFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { parseRecord } from '../../test/support/json-record.js';
import { mainThreadTimeMs } from './thread-time.js';

/** The orders for a measured process, in the environment variable `BENCHMARK_MILESTONES`. */
export interface MilestonePlan {
  readonly messages: number;
  /** How many milestones, at equal distances. */
  readonly parts: number;
  /** A line of JSON for each milestone, and one before the first. */
  readonly resultFile: string;
}

/** The process at one milestone. */
export interface Milestone {
  readonly messages: number;
  /** Milliseconds, on any clock. */
  readonly atMs: number;
  /** Of the whole process. */
  readonly residentBytes: number;
  /** Processor time in milliseconds of the main thread; undefined where there is no /proc. */
  readonly mainMs: number | undefined;
  /** Processor time in milliseconds of all threads. */
  readonly processMs: number;
}

export const MILESTONES = 'BENCHMARK_MILESTONES';

/** Runs inside the measured process: counts messages and records time and memory at each milestone. */
export class Milestones {
  readonly #every: number;
  readonly #resultFile: string;
  #counted = 0;

  constructor({ messages, parts, resultFile }: MilestonePlan) {
    this.#every = Math.ceil(messages / parts);
    this.#resultFile = resultFile;
  }

  /** @throws when the harness did not start the process */
  static fromEnvironment(): Milestones {
    const plan = parseRecord(process.env[MILESTONES] ?? '');
    if (plan === undefined) throw new Error(`${MILESTONES} holds no plan: run it by npm run bench`);
    return new Milestones({
      messages: Number(plan['messages']),
      parts: Number(plan['parts']),
      resultFile: String(plan['resultFile']),
    });
  }

  /** The consumer calls this once for each message. */
  count(): void {
    if (this.#counted === 0) this.#record();
    this.#counted++;
    if (this.#counted % this.#every === 0) this.#record();
  }

  #record(): void {
    const { user, system } = process.cpuUsage();
    const milestone: Milestone = {
      messages: this.#counted,
      atMs: performance.now(),
      residentBytes: process.memoryUsage.rss(),
      mainMs: mainThreadTimeMs(),
      processMs: (user + system) / 1000,
    };
    appendFileSync(this.#resultFile, `${JSON.stringify(milestone)}\n`);
  }
}
