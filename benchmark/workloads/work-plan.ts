import { parseRecord } from '../../test/support/json-record.js';

/** What a consumer does with a message; consumers/ has one file for each. */
export const WORKS = ['acks', 'returns', 'hashes', 'awaits', 'republishes'] as const;

export type Work = (typeof WORKS)[number];

/** The orders for a measured process in any language: JSON in the environment variable `BENCHMARK_PLAN`. */
export interface WorkPlan {
  readonly url: string;
  readonly queue: string;
  readonly prefetch: number;
  readonly work: Work;
  /** Work of one message for `hashes` (hashing.ts). */
  readonly hashRounds: number;
  /** Wait of one message for `awaits`. */
  readonly awaitMs: number;
  /** The queue that `republishes` publishes to; it drops what it cannot hold. */
  readonly targetQueue: string;
  /** Where each thread writes its samples (message-counter.ts). */
  readonly sampleFolder: string;
  /** A thread writes a sample once in so many messages. */
  readonly sampleEvery: number;
}

export const WORK_PLAN = 'BENCHMARK_PLAN';

/** Reads the plan inside a measured process. @throws when the harness did not start the process */
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
    targetQueue: String(plan['targetQueue']),
    sampleFolder: String(plan['sampleFolder']),
    sampleEvery: Number(plan['sampleEvery']),
  };
}
