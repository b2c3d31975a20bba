import { availableParallelism, cpus, release, type } from 'node:os';
import type { MeasurementFigures } from '../measurements/measurement.js';
import type { Spread } from '../statistics/spread.js';
import type { Workload } from '../workloads/workload.js';
import type { Verdict } from './verdict.js';

/** The results of one run, as `--json` writes them. */
export interface Results {
  readonly date: string;
  readonly machine: Machine;
  readonly rounds: number;
  /** In the order of all-workloads.ts. */
  readonly workloads: readonly WorkloadResult[];
  /** In the order of measurements/index.ts. */
  readonly measurements: readonly MeasurementResult[];
}

/** The machine of the figures; without it they mean nothing. */
export interface Machine {
  readonly cores: number;
  readonly processor: string;
  readonly system: string;
  readonly node: string;
  readonly broker: string;
}

/** One workload and its contestants. `messages` are the measured ones of each round, or of each slice. */
export interface WorkloadResult extends Omit<Workload, 'baseline' | 'contestants'> {
  /** A contestant's id, or a rate. */
  readonly baseline: string | number;
  readonly contestants: readonly ContestantResult[];
  /** Contestants that could not run, and why. */
  readonly leftOut: readonly { readonly name: string; readonly why: string }[];
}

/** One contestant in one workload. Lists have one figure for each round. */
export interface ContestantResult {
  readonly id: string;
  readonly name: string;
  /** Measured messages of each round; slow contestants have fewer. */
  readonly messages: number;
  /** Messages per second. */
  readonly rates: readonly number[];
  readonly rate: Spread;
  /** To the baseline in the same round. */
  readonly ratios: readonly number[];
  readonly ratio: Spread;
  /** Processor time of the whole process for each message; tells contestants apart when the broker is the bottleneck. */
  readonly cpuMicroseconds: Spread;
  /** Processor time of the process's main thread for each message; absent where there is no /proc. */
  readonly mainCpuMicroseconds?: Spread;
  /** Of the median ratio; only for the contestant that the target is about. */
  readonly verdict?: Verdict;
}

/** A measurement besides the workloads. */
export interface MeasurementResult extends MeasurementFigures {
  readonly id: string;
  readonly title: string;
}

export function describeMachine(broker: string): Machine {
  const processor = cpus()[0]?.model ?? 'unknown processor';
  return {
    cores: availableParallelism(),
    processor,
    // Without the vendor's suffix of the kernel version.
    system: `${type()} ${release().split('-')[0]}`,
    node: process.version,
    broker,
  };
}
