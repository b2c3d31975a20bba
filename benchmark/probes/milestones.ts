import { appendFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { parseRecord } from '../../test/support/json-record.js';
import { mainThreadTimeMs } from './thread-time.js';

/** What a measured process is told, in the environment variable `BENCHMARK_MILESTONES`. */
export interface MilestonePlan {
  readonly messages: number;
  /** So many milestones, at equal distances. */
  readonly parts: number;
  /** A line of JSON for each milestone, and one before the first. */
  readonly resultFile: string;
}

/** The process at one milestone. */
export interface Milestone {
  readonly messages: number;
  /** Milliseconds, from any beginning. */
  readonly atMs: number;
  /** Of the whole process. */
  readonly residentBytes: number;
  /** Processor time in milliseconds of the main thread; undefined where there is no /proc. */
  readonly mainMs: number | undefined;
  /** Processor time in milliseconds of all threads. */
  readonly processMs: number;
}

export const MILESTONES = 'BENCHMARK_MILESTONES';

/** Runs in the measured process, in the code that consumes: counts messages and notes the process at each milestone. */
export class Milestones {
  readonly #every: number;
  readonly #resultFile: string;
  #count = 0;

  constructor({ messages, parts, resultFile }: MilestonePlan) {
    this.#every = Math.ceil(messages / parts);
    this.#resultFile = resultFile;
  }

  /** @throws when the process was not started by the harness */
  static fromEnvironment(): Milestones {
    const plan = parseRecord(process.env[MILESTONES] ?? '');
    if (plan === undefined) throw new Error(`${MILESTONES} holds no plan: run it by npm run bench`);
    return new Milestones({
      messages: Number(plan['messages']),
      parts: Number(plan['parts']),
      resultFile: String(plan['resultFile']),
    });
  }

  /** To be called once for each message. */
  pass(): void {
    if (this.#count === 0) this.#note();
    this.#count++;
    if (this.#count % this.#every === 0) this.#note();
  }

  #note(): void {
    const { user, system } = process.cpuUsage();
    const milestone: Milestone = {
      messages: this.#count,
      atMs: performance.now(),
      residentBytes: process.memoryUsage.rss(),
      mainMs: mainThreadTimeMs(),
      processMs: (user + system) / 1000,
    };
    appendFileSync(this.#resultFile, `${JSON.stringify(milestone)}\n`);
  }
}
