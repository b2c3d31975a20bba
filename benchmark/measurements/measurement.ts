import type { Stockroom } from '../broker/queue-admin.js';

/** What a measurement that is no workload works with. */
export interface MeasurementContext {
  /** The private broker. */
  readonly url: string;
  readonly stockroom: Stockroom;
  readonly rounds: number;
  /** The most messages of a round, where a measurement would have more. */
  readonly messages: number;
}

/** What it came to: figures for programs (they go into the JSON as they are), and lines for people. */
export interface MeasurementFigures {
  readonly figures: object;
  readonly lines: readonly string[];
}

/** Something measured besides the workloads; `--only` names it by its id. */
export interface Measurement {
  readonly id: string;
  /** For people. */
  readonly title: string;
  measure(context: MeasurementContext): Promise<MeasurementFigures>;
}
