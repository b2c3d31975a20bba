import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseRecord } from '../../test/support/json-record.js';
import type { Contestant } from '../contestant.js';
import { type Spread, spreadOf } from '../statistics.js';
import type { Stockroom } from '../stockroom.js';
import { STOPWATCH, type StopwatchPlan } from '../stopwatch.js';

export interface ThroughputOptions {
  readonly url: string;
  readonly stockroom: Stockroom;
  readonly contestants: readonly Contestant[];
  /** The one that the ratios are against. */
  readonly baseline: Contestant;
  readonly rounds: number;
  readonly messages: number;
  readonly warmUp: number;
  readonly prefetch: number;
  readonly bodyBytes: number;
}

/** Messages per second of one contestant, and its share of the baseline's in the same round. */
export interface Throughput {
  readonly name: string;
  readonly rates: readonly number[];
  readonly rate: Spread;
  readonly ratio: Spread;
  /** Processor time of the whole process for each message: what is left when the broker is the slower one. */
  readonly cpuMicroseconds: Spread;
}

interface RoundResult {
  readonly rate: number;
  readonly cpuMicroseconds: number;
}

/** Every contestant in every round, by turns: what the machine does meanwhile hits all of them alike. */
export async function measureThroughput(options: ThroughputOptions): Promise<Throughput[]> {
  const results = new Map<Contestant, RoundResult[]>(options.contestants.map((contestant) => [contestant, []]));
  for (let round = 0; round < options.rounds; round++) {
    // Each round begins with another one, so that nobody is always the first.
    for (let index = 0; index < options.contestants.length; index++) {
      const contestant = options.contestants[(index + round) % options.contestants.length];
      if (contestant === undefined) continue;
      const result = await runRound(contestant, options);
      results.get(contestant)?.push(result);
      console.log(`  round ${round + 1}: ${contestant.name.padEnd(26)} ${Math.round(result.rate)} messages/s`);
    }
  }
  const base = results.get(options.baseline) ?? [];
  return [...results].map(([{ name }, own]) => ({
    name,
    rates: own.map(({ rate }) => rate),
    rate: spreadOf(own.map(({ rate }) => rate)),
    ratio: spreadOf(own.map(({ rate }, round) => rate / (base[round]?.rate ?? Number.NaN))),
    cpuMicroseconds: spreadOf(own.map(({ cpuMicroseconds }) => cpuMicroseconds)),
  }));
}

async function runRound(contestant: Contestant, options: ThroughputOptions): Promise<RoundResult> {
  const { url, stockroom, messages, warmUp, prefetch, bodyBytes } = options;
  const folder = await mkdtemp(join(tmpdir(), 'benchmark-'));
  const queue = 'benchmark.throughput';
  const plan: StopwatchPlan = { warmUp, messages, resultFile: join(folder, 'time.json') };
  await stockroom.stock({ queue, messages: warmUp + messages, bodyBytes });
  const env = { [STOPWATCH]: JSON.stringify(plan) };
  const process = await contestant.start({ url, queue, prefetch, folder, env });
  try {
    const result = parseRecord(await process.written(plan.resultFile));
    const counted = Number(result?.['messages']);
    return {
      rate: (counted / Number(result?.['ms'])) * 1000,
      cpuMicroseconds: Number(result?.['cpuMicroseconds']) / counted,
    };
  } finally {
    await process.stop();
    await stockroom.remove(queue);
    await rm(folder, { recursive: true, force: true });
  }
}
