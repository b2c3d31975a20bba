import { renameSync, writeFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { parseRecord } from '../test/support/json-record.js';

/** What a contestant's process is told, in the environment variable `BENCHMARK_STOPWATCH`. */
export interface StopwatchPlan {
  /** Messages before the measured ones. */
  readonly warmUp: number;
  readonly messages: number;
  /** Where the time goes, once it is known. */
  readonly resultFile: string;
}

export const STOPWATCH = 'BENCHMARK_STOPWATCH';

/** Runs in the measured process, in the code that consumes: the same few instructions for every contestant. */
export class Stopwatch {
  readonly #first: number;
  readonly #last: number;
  readonly #resultFile: string;
  #count = 0;
  #startedAt = 0;
  #usageAtStart = process.cpuUsage();

  constructor({ warmUp, messages, resultFile }: StopwatchPlan) {
    this.#first = warmUp + 1;
    this.#last = warmUp + messages;
    this.#resultFile = resultFile;
  }

  /** @throws when the process was not started by the harness */
  static fromEnvironment(): Stopwatch {
    const plan = parseRecord(process.env[STOPWATCH] ?? '');
    if (plan === undefined) throw new Error(`${STOPWATCH} holds no plan: run it by npm run bench`);
    const { warmUp, messages, resultFile } = plan;
    return new Stopwatch({
      warmUp: Number(warmUp),
      messages: Number(messages),
      resultFile: String(resultFile),
    });
  }

  /** To be called once for each message, first thing. */
  lap(): void {
    this.#count++;
    if (this.#count === this.#first) this.#start();
    else if (this.#count === this.#last) this.#stop();
  }

  #start(): void {
    this.#usageAtStart = process.cpuUsage();
    this.#startedAt = performance.now();
  }

  #stop(): void {
    const ms = performance.now() - this.#startedAt;
    // Of the whole process: its main thread, its workers and the threads of the runtime.
    const { user, system } = process.cpuUsage(this.#usageAtStart);
    const text = JSON.stringify({ messages: this.#last - this.#first, ms, cpuMicroseconds: user + system });
    // Renamed into place: the harness never reads half a file.
    writeFileSync(`${this.#resultFile}.part`, text);
    renameSync(`${this.#resultFile}.part`, this.#resultFile);
  }
}
