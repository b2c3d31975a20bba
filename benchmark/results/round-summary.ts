import type { Contestant } from '../contestants/contestant.js';
import type { RoundFigures } from '../statistics/samples.js';
import { spreadOf } from '../statistics/spread.js';
import type { Workload } from '../workloads/workload.js';
import type { ContestantResult, WorkloadResult } from './results.js';
import { judge } from './verdict.js';

/** The figures of all contestants, one for each round. */
export interface Rounds {
  readonly workload: Workload;
  readonly figures: ReadonlyMap<Contestant, readonly RoundFigures[]>;
  readonly leftOut: WorkloadResult['leftOut'];
}

/** Computes medians and ratios. A ratio is to the baseline of the same round, when the machine was in the same state. */
export function summarise({ workload, figures, leftOut }: Rounds): WorkloadResult {
  const { baseline, contestants: _, ...rest } = workload;
  const base = typeof baseline === 'number' ? undefined : figures.get(baseline);
  const baseRate = (round: number): number =>
    typeof baseline === 'number' ? baseline : (base?.[round]?.rate ?? Number.NaN);
  return {
    ...rest,
    baseline: typeof baseline === 'number' ? baseline : baseline.id,
    contestants: [...figures].map(([contestant, rounds]) => resultOf({ contestant, rounds, workload, baseRate })),
    leftOut,
  };
}

interface Performance {
  readonly contestant: Contestant;
  readonly rounds: readonly RoundFigures[];
  readonly workload: Workload;
  readonly baseRate: (round: number) => number;
}

function resultOf({ contestant, rounds, workload, baseRate }: Performance): ContestantResult {
  const { id, name, judged = false, share = 1 } = contestant;
  const rates = rounds.map(({ rate }) => rate);
  const ratios = rates.map((rate, round) => rate / baseRate(round));
  const ratio = spreadOf(ratios);
  const main = rounds.map(({ mainCpuMicroseconds }) => mainCpuMicroseconds).filter((figure) => figure !== undefined);
  return {
    id,
    name,
    messages: Math.ceil(workload.messages * share),
    rates,
    rate: spreadOf(rates),
    ratios,
    ratio,
    cpuMicroseconds: spreadOf(rounds.map(({ cpuMicroseconds }) => cpuMicroseconds)),
    ...(main.length > 0 && { mainCpuMicroseconds: spreadOf(main) }),
    ...(judged && workload.target !== undefined && { verdict: judge(ratio.median, workload.target) }),
  };
}
