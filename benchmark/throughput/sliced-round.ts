import type { Contestant } from '../contestants/contestant.js';
import type { RoundFigures } from '../statistics/samples.js';
import { type Consuming, type RoundOptions, whileConsuming } from './consuming.js';
import { inOrderOf, sampleEveryOf, spareOf, windowOf } from './slices.js';

interface Racer extends Consuming {
  readonly contestant: Contestant;
}

/**
 * Measures contestants that run side by side and work by turns, some seconds each; all others are suspended. So a change of
 * the machine hits neighbouring slices alike, and their ratio shows a smaller difference than that of whole rounds, which
 * are far apart. Resolves with the figures of each slice.
 */
export async function runSlicedRound(
  contestants: readonly Contestant[],
  options: RoundOptions & { readonly slices: number },
): Promise<ReadonlyMap<Contestant, readonly RoundFigures[]>> {
  const { slices, workload } = options;
  return withAll(contestants, options, async (racers) => {
    const figures = new Map<Contestant, RoundFigures[]>(contestants.map((contestant) => [contestant, []]));
    for (let slice = 0; slice < slices; slice++) {
      const window = windowOf(slice, workload);
      for (const { contestant, process, fill, until } of inOrderOf(slice, racers)) {
        await fill(workload.messages);
        process.resume();
        figures.get(contestant)?.push(await until(window));
        process.suspend();
      }
    }
    return figures;
  });
}

/** Starts and warms up one contestant after the other, and passes all of them, suspended, to `use`. */
async function withAll<T>(
  contestants: readonly Contestant[],
  options: RoundOptions,
  use: (racers: readonly Racer[]) => Promise<T>,
  started: readonly Racer[] = [],
): Promise<T> {
  const [contestant, ...rest] = contestants;
  if (contestant === undefined) return use(started);
  const { workload } = options;
  const { warmUp } = workload;
  const sampleEvery = sampleEveryOf(workload);
  const messages = warmUp + spareOf(workload);
  return whileConsuming({ ...options, contestant, messages, sampleEvery }, async (consuming) => {
    await consuming.until({ sampleEvery, warmUp: 0, messages: warmUp });
    consuming.process.suspend();
    return withAll(rest, options, use, [...started, { ...consuming, contestant }]);
  });
}
