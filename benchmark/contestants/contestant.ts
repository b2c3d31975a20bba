import type { Options } from 'amqplib';
import type { MeasuredProcess } from '../processes/measured-process.js';
import type { Work, WorkPlan } from '../workloads/work-plan.js';
import type { Workload } from '../workloads/workload.js';

/** One round of one contestant, which has a full queue to itself. */
export interface Round {
  readonly workload: Pick<Workload, 'threads' | 'instances'>;
  readonly plan: WorkPlan;
  /** A temporary folder, removed after the round. */
  readonly folder: string;
  /** Environment of the measured process, with the work plan in it. */
  readonly env: Readonly<Record<string, string>>;
}

/** A message for the queue of a round. */
export interface BenchmarkMessage {
  readonly body: Buffer;
  readonly options?: Options.Publish;
}

/**
 * One way to consume. To add a contestant, write a file in contestants/ and name it in all-workloads.ts; its program calls
 * `count()` of a MessageCounter once for each message.
 */
export interface Contestant {
  readonly id: string;
  /** For people. */
  readonly name: string;
  /** True for the contestant that the workload's target is about. */
  readonly judged?: boolean;
  /** Part of the workload's messages, for a contestant that is too slow for all. Default 1. */
  readonly share?: number;
  /** Makes one message, for a contestant that cannot read plain bytes. */
  readonly makeMessage?: (bodyBytes: number, work: Work) => BenchmarkMessage;
  /** Says why the contestant cannot run on this machine; undefined when it can. */
  missing?(): Promise<string | undefined>;
  /** The same contestant with the daemon of another checkout's dist folder. */
  fromDist?(distFolder: string): Contestant;
  /** Starts a process that consumes. */
  start(round: Round): Promise<MeasuredProcess>;
}
