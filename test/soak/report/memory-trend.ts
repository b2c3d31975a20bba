import { slopeOf } from '../../../benchmark/statistics/slope.js';

/** Memory at one moment: resident of the whole process, the others of its main thread. In bytes. */
export interface MainMemory {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly resident: number;
  readonly heapUsed: number;
  readonly external: number;
}

/** How one kind of memory went over the run, by a line through its lows. */
export interface MemoryTrend {
  readonly name: string;
  readonly startBytes: number;
  readonly endBytes: number;
  /** False: it grows by more than the tolerance, and by more than 3 MiB. */
  readonly isFlat: boolean;
}

const KINDS = [
  ['resident memory', 'resident'],
  ['heap used, main thread', 'heapUsed'],
  ['external, main thread', 'external'],
] as const;
const WARM_UP_PART = 0.2;
/** The garbage collector makes a saw of the heap; only its lows tell. */
const WINDOWS = 20;
const SLACK_BYTES = 3 * 1024 * 1024;

/** Empty for too few samples. @param tolerance 0.1: growth by a tenth is flat */
export function trendsOf(samples: readonly MainMemory[], tolerance: number): MemoryTrend[] {
  const warm = samples.slice(Math.floor(samples.length * WARM_UP_PART));
  const size = Math.floor(warm.length / WINDOWS);
  if (size === 0) return [];
  const windows = Array.from({ length: WINDOWS }, (_, at) => warm.slice(at * size, (at + 1) * size));
  return KINDS.map(([name, kind]) => {
    const lows = windows.map((window, x) => ({ x, y: Math.min(...window.map((sample) => sample[kind])) }));
    const slope = slopeOf(lows);
    const middle = lows.reduce((sum, { y }) => sum + y, 0) / lows.length;
    const half = (slope * (WINDOWS - 1)) / 2;
    const growth = 2 * half;
    const startBytes = middle - half;
    return {
      name,
      startBytes,
      endBytes: middle + half,
      isFlat: growth <= Math.max(SLACK_BYTES, startBytes * tolerance),
    };
  });
}
