import type { QueueAdmin } from '../broker/queue-admin.js';

/** What the harness gives to a measurement. */
export interface MeasurementContext {
  /** The private broker. */
  readonly url: string;
  readonly queueAdmin: QueueAdmin;
  readonly rounds: number;
  /** Upper limit for the messages of a round. */
  readonly messages: number;
}

/** The result: figures for the JSON file, lines for people. */
export interface MeasurementFigures {
  readonly figures: object;
  readonly lines: readonly string[];
}

/** A measurement that is not a throughput workload; `--only` takes its id. */
export interface Measurement {
  readonly id: string;
  /** For people. */
  readonly title: string;
  measure(context: MeasurementContext): Promise<MeasurementFigures>;
}
