import type { Contestant } from '../contestants/contestant.js';
import type { WorkloadResult } from '../results/results.js';
import { type RoundOfSlices, summarise } from '../results/round-summary.js';
import { formatFigure } from '../results/text-table.js';
import { spreadOf } from '../statistics/spread.js';
import type { RoundOptions } from './consuming.js';
import { runRound } from './round.js';
import { runSlicedRound } from './sliced-round.js';
import { rotated } from './slices.js';

export interface ThroughputOptions extends RoundOptions {
  readonly contestants: readonly Contestant[];
  readonly rounds: number;
}

/** Measures all contestants in every round, so that other load on the machine hits all of them alike. */
export async function measureThroughput(options: ThroughputOptions): Promise<WorkloadResult> {
  const leftOut: { name: string; why: string }[] = [];
  const present: Contestant[] = [];
  for (const contestant of options.contestants) {
    const why = await contestant.missing?.();
    if (why === undefined) present.push(contestant);
    else leftOut.push({ name: contestant.name, why });
  }
  const figures = new Map<Contestant, RoundOfSlices[]>(present.map((contestant) => [contestant, []]));
  for (let round = 0; round < options.rounds; round++) {
    // Each round begins with another contestant, so that none is always first.
    for await (const [contestant, slices] of runAll(rotated(present, round), options)) {
      figures.get(contestant)?.push(slices);
      const { median } = spreadOf(slices.map(({ rate }) => rate));
      console.log(`  round ${round + 1}: ${contestant.name.padEnd(28)} ${formatFigure(median).padStart(7)} messages/s`);
    }
  }
  return summarise({ workload: options.workload, figures, leftOut });
}

/** One round of all contestants: yields the figures of each as soon as they are there. */
async function* runAll(
  contestants: readonly Contestant[],
  options: RoundOptions,
): AsyncGenerator<readonly [Contestant, RoundOfSlices]> {
  const { slices } = options.workload;
  if (slices !== undefined) yield* await runSlicedRound(contestants, { ...options, slices });
  else for (const contestant of contestants) yield [contestant, [await runRound(contestant, options)]];
}
