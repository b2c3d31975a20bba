import type { Options } from 'amqplib';
import type { MeasuredProcess } from '../processes/measured-process.js';
import type { Work, WorkPlan } from '../workloads/work-plan.js';
import type { Workload } from '../workloads/workload.js';

/** One round of one contestant: a queue full of messages that nobody else reads. */
export interface Round {
  readonly workload: Pick<Workload, 'threads' | 'instances'>;
  readonly plan: WorkPlan;
  /** A folder of this round's own, removed after it. */
  readonly folder: string;
  /** Environment of the measured process: it carries the plan. */
  readonly env: Readonly<Record<string, string>>;
}

/** A message as the stockroom publishes it. */
export interface StockMessage {
  readonly body: Buffer;
  readonly options?: Options.Publish;
}

/**
 * One way to consume. A further contestant is a file in contestants/ and its place in workloads.ts; what it runs calls
 * `lap()` of a stopwatch for each message.
 */
export interface Contestant {
  readonly id: string;
  /** For people. */
  readonly name: string;
  /** The workload's target is for this one. */
  readonly judged?: boolean;
  /** Its part of the workload's messages, where it is too slow for all. Default 1. */
  readonly share?: number;
  /** Makes one of its messages, where it cannot read plain bytes. */
  readonly makeMessage?: (bodyBytes: number, work: Work) => StockMessage;
  /** Why it cannot take part on this machine; undefined when it can. */
  missing?(): Promise<string | undefined>;
  /** The same with the program of another checkout's dist folder: only the daemon has that. */
  elsewhere?(distFolder: string): Contestant;
  /** Starts consuming in a process of its own. */
  start(round: Round): Promise<MeasuredProcess>;
}
