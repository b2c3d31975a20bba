import type { MeasuredProcess } from './measured-process.js';

/** One round of one contestant: a queue full of messages that nobody else reads. */
export interface Round {
  readonly url: string;
  /** Declared by the harness: durable, classic. */
  readonly queue: string;
  readonly prefetch: number;
  /** A folder of this round's own, removed after it. */
  readonly folder: string;
  /** Environment of the measured process: it carries the stopwatch's plan. */
  readonly env: Readonly<Record<string, string>>;
}

/**
 * One way to consume. A further contestant is one file in contestants/ and one line in contestants/index.ts; what it runs
 * calls `lap()` of a stopwatch for each message.
 */
export interface Contestant {
  readonly name: string;
  /** Starts consuming in a process of its own. */
  start(round: Round): Promise<MeasuredProcess>;
}
