import type { Contestant } from '../contestants/contestant.js';
import type { Work } from './work-plan.js';

/** What the daemon is to reach, as a ratio to the baseline. */
export interface Target {
  readonly ratio: number;
  /** What would be better still. */
  readonly stretch?: number;
}

/** One kind of load, which all of its contestants are given alike. */
export interface Workload {
  readonly id: string;
  /** For people. */
  readonly title: string;
  readonly work: Work;
  readonly bodyBytes: number;
  readonly prefetch: number;
  /** The daemon's `consumer_count`. */
  readonly instances: number;
  /** The daemon's worker threads. */
  readonly threads: number;
  /** Measured messages of one round: 2 to 3 s of plain amqplib. */
  readonly messages: number;
  /** Messages before the measured ones. */
  readonly warmUp: number;
  /** What the ratios are against: a contestant, or a rate that is known beforehand. */
  readonly baseline: Contestant | number;
  readonly contestants: readonly Contestant[];
  readonly target?: Target;
}
