import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { QueueAdmin } from '../broker/queue-admin.js';
import type { Contestant } from '../contestants/contestant.js';
import type { MeasuredProcess } from '../processes/measured-process.js';
import { inRoundFolder } from '../processes/round-folder.js';
import { mergeSamples, parseSamples, type RoundFigures, type SampleWindow } from '../statistics/samples.js';
import { AWAIT_MS } from '../workloads/all-workloads.js';
import { WORK_PLAN, type WorkPlan } from '../workloads/work-plan.js';
import type { Workload } from '../workloads/workload.js';

export interface RoundOptions {
  readonly url: string;
  readonly queueAdmin: QueueAdmin;
  readonly workload: Workload;
  /** Work of one message for `hashes` (hashing.ts). */
  readonly hashRounds: number;
}

const QUEUE = 'benchmark.throughput';
const TARGET = 'benchmark.target';
const LOOK_EVERY_MS = 50;

/** A contestant's process at work, with a queue of its own. */
export interface Consuming {
  readonly process: MeasuredProcess;
  /** Adds messages to the queue; resolves once the broker has confirmed them. */
  readonly fill: (messages: number) => Promise<void>;
  /** Resolves with the figures of the window once its last message has begun. */
  readonly until: (window: SampleWindow) => Promise<RoundFigures>;
}

export interface Start extends RoundOptions {
  readonly contestant: Contestant;
  /** Messages in the queue before the process starts. */
  readonly messages: number;
  readonly sampleEvery: number;
}

/** Starts a contestant on a full queue and passes it to `use`. Ends it afterwards and deletes its queues. */
export async function whileConsuming<T>(start: Start, use: (consuming: Consuming) => Promise<T>): Promise<T> {
  const { contestant, queueAdmin, workload, messages } = start;
  const { work, bodyBytes } = workload;
  const { makeMessage: make } = contestant;
  const makeMessage = make && (() => make(bodyBytes, work));
  const queue = `${QUEUE}.${contestant.id}`;
  const fill = (count: number): Promise<void> => queueAdmin.create({ queue, messages: count, bodyBytes, makeMessage });
  await queueAdmin.declareTarget(TARGET);
  await fill(messages);
  try {
    return await inRoundFolder(async (folder) => {
      const plan = planOf(start, queue, folder);
      const env = { [WORK_PLAN]: JSON.stringify(plan) };
      const process = await contestant.start({ workload, plan, folder, env });
      const until = async (window: SampleWindow): Promise<RoundFigures> => {
        const look = async (): Promise<RoundFigures | undefined> => mergeSamples(await readSamples(folder), window);
        return process.until(`have ${window.warmUp + window.messages} messages`, look, { everyMs: LOOK_EVERY_MS });
      };
      try {
        return await use({ process, fill, until });
      } finally {
        await process.stop();
      }
    });
  } finally {
    await queueAdmin.delete(queue);
    await queueAdmin.delete(TARGET);
  }
}

function planOf({ url, workload, hashRounds, sampleEvery }: Start, queue: string, folder: string): WorkPlan {
  return {
    url,
    queue,
    prefetch: workload.prefetch,
    work: workload.work,
    hashRounds,
    awaitMs: AWAIT_MS,
    targetQueue: TARGET,
    sampleFolder: folder,
    sampleEvery,
  };
}

async function readSamples(folder: string) {
  const names = await readdir(folder);
  const files = names.filter((name) => name.endsWith('.samples'));
  const texts = await Promise.all(files.map((name) => readFile(join(folder, name), 'utf8')));
  return texts.flatMap(parseSamples);
}
