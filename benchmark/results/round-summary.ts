import type { Contestant } from '../contestants/contestant.js';
import type { RoundFigures } from '../statistics/samples.js';
import { spreadOf } from '../statistics/spread.js';
import type { Workload } from '../workloads/workload.js';
import type { ContestantResult, WorkloadResult } from './results.js';
import { judge } from './verdict.js';

/** The figures of one contestant in one round: one for each slice, and a workload without slices has one. */
export type RoundOfSlices = readonly RoundFigures[];

/** The figures of all contestants, one for each round. */
export interface Rounds {
  readonly workload: Workload;
  readonly figures: ReadonlyMap<Contestant, readonly RoundOfSlices[]>;
  readonly leftOut: WorkloadResult['leftOut'];
}

/**
 * Computes medians and ratios. A ratio is to the baseline of the same slice, when the machine was in the same state; the
 * figures of a round are the medians of its slices.
 */
export function summarise({ workload, figures, leftOut }: Rounds): WorkloadResult {
  const { baseline, contestants: _, ...rest } = workload;
  const base = typeof baseline === 'number' ? undefined : figures.get(baseline);
  const baseRate = (round: number, slice: number): number =>
    typeof baseline === 'number' ? baseline : (base?.[round]?.[slice]?.rate ?? Number.NaN);
  return {
    ...rest,
    baseline: typeof baseline === 'number' ? baseline : baseline.id,
    contestants: [...figures].map(([contestant, rounds]) => resultOf({ contestant, rounds, workload, baseRate })),
    leftOut,
  };
}

interface Performance {
  readonly contestant: Contestant;
  readonly rounds: readonly RoundOfSlices[];
  readonly workload: Workload;
  readonly baseRate: (round: number, slice: number) => number;
}

function resultOf({ contestant, rounds, workload, baseRate }: Performance): ContestantResult {
  const { id, name, judged = false, share = 1 } = contestant;
  const rates = rounds.map((slices) => medianOf(slices.map(({ rate }) => rate)));
  const ratios = rounds.map((slices, round) =>
    medianOf(slices.map(({ rate }, slice) => rate / baseRate(round, slice))),
  );
  const ratio = spreadOf(ratios);
  const cpu = rounds.map((slices) => medianOf(slices.map(({ cpuMicroseconds }) => cpuMicroseconds)));
  const main = rounds.map(mainOf).filter((figures) => figures.length > 0);
  return {
    id,
    name,
    messages: Math.ceil(workload.messages * share),
    rates,
    rate: spreadOf(rates),
    ratios,
    ratio,
    cpuMicroseconds: spreadOf(cpu),
    ...(main.length > 0 && { mainCpuMicroseconds: spreadOf(main.map(medianOf)) }),
    ...(judged && workload.target !== undefined && { verdict: judge(ratio.median, workload.target) }),
  };
}

/** Empty where there is no /proc. */
function mainOf(slices: RoundOfSlices): number[] {
  return slices.map(({ mainCpuMicroseconds }) => mainCpuMicroseconds).filter((figure) => figure !== undefined);
}

function medianOf(figures: readonly number[]): number {
  return spreadOf(figures).median;
}
