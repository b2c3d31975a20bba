import type { Contestant } from '../contestants/contestant.js';
import type { Work } from './work-plan.js';

/** The ratio to the baseline that the daemon must reach. */
export interface Target {
  readonly ratio: number;
  /** A more ambitious ratio. */
  readonly stretch?: number;
}

/** One kind of load, the same for all of its contestants. */
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
  /** Measured messages of one round, or of one slice: plain amqplib should take 2 to 3 s. */
  readonly messages: number;
  /**
   * Slices of each round, for a difference of a few percent: the contestants run side by side and work by turns
   * (sliced-round.ts). Default: a round is a whole, and each contestant runs alone.
   */
  readonly slices?: number;
  /** Messages before the measured ones. */
  readonly warmUp: number;
  /** What ratios are measured against: a contestant, or the ideal messages per second. */
  readonly baseline: Contestant | number;
  readonly contestants: readonly Contestant[];
  readonly target?: Target;
}
