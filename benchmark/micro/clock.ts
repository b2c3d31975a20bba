import { spreadOf } from '../statistics/spread.js';

/** The cost of one piece of the hot path. */
export interface Cost {
  readonly name: string;
  /** Nanoseconds per message: the median of the samples, and the fastest. */
  readonly median: number;
  readonly lowest: number;
}

export interface Measured {
  readonly name: string;
  /** Messages that one call handles. */
  readonly messages: number;
  readonly run: () => void | Promise<void>;
}

const WARM_UP_MS = 300;
const SAMPLE_MS = 40;
const SAMPLES = 25;

/** Calls repeatedly until the compiler has settled, and returns the cost of a message. */
export async function measureCost({ name, messages, run }: Measured): Promise<Cost> {
  await sample(run, WARM_UP_MS);
  const costs: number[] = [];
  for (let left = SAMPLES; left > 0; left--) costs.push((await sample(run, SAMPLE_MS)) / messages);
  const { median, lowest } = spreadOf(costs);
  return { name, median, lowest };
}

/** Nanoseconds for each call. */
async function sample(run: () => void | Promise<void>, ms: number): Promise<number> {
  const start = performance.now();
  let calls = 0;
  let now = start;
  while (now - start < ms) {
    const pending = run();
    if (pending !== undefined) await pending;
    calls++;
    now = performance.now();
  }
  return ((now - start) * 1e6) / calls;
}
