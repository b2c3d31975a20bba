import { parseRecord } from '../../test/support/json-record.js';

/** What a consumer does with a message: one file in consumers/ each. */
export const WORKS = ['acks', 'returns', 'hashes', 'awaits', 'republishes'] as const;

export type Work = (typeof WORKS)[number];

/** What every measured process is told, whatever it is written in: JSON in the environment variable `BENCHMARK_PLAN`. */
export interface WorkPlan {
  readonly url: string;
  readonly queue: string;
  readonly prefetch: number;
  readonly work: Work;
  /** How much a message is to compute, where it computes (hashing.ts). */
  readonly hashRounds: number;
  /** How long a message waits, where it waits. */
  readonly awaitMs: number;
  /** The queue to publish to, where a message is published again; it drops what it cannot hold. */
  readonly shelf: string;
  /** Where each thread writes its laps (message-counter.ts). */
  readonly lapFolder: string;
  /** A thread notes the time once in so many messages. */
  readonly lapEvery: number;
}

export const WORK_PLAN = 'BENCHMARK_PLAN';

/** Reads the plan, in a measured process. @throws when the process was not started by the harness */
export function readWorkPlan(text = process.env[WORK_PLAN] ?? ''): WorkPlan {
  const plan = parseRecord(text);
  const work = WORKS.find((each) => each === plan?.['work']);
  if (plan === undefined || work === undefined) {
    throw new Error(`${WORK_PLAN} holds no plan: run it by npm run bench`);
  }
  return {
    url: String(plan['url']),
    queue: String(plan['queue']),
    prefetch: Number(plan['prefetch']),
    work,
    hashRounds: Number(plan['hashRounds']),
    awaitMs: Number(plan['awaitMs']),
    shelf: String(plan['shelf']),
    lapFolder: String(plan['lapFolder']),
    lapEvery: Number(plan['lapEvery']),
  };
}
