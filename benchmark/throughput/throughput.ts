import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { QueueAdmin } from '../broker/queue-admin.js';
import type { Contestant } from '../contestants/contestant.js';
import { inRoundFolder } from '../processes/round-folder.js';
import type { WorkloadResult } from '../results/results.js';
import { summarise } from '../results/round-summary.js';
import { formatFigure } from '../results/text-table.js';
import { mergeSamples, parseSamples, type RoundFigures, type SampleWindow } from '../statistics/samples.js';
import { AWAIT_MS } from '../workloads/all-workloads.js';
import { WORK_PLAN, type WorkPlan } from '../workloads/work-plan.js';
import type { Workload } from '../workloads/workload.js';

export interface ThroughputOptions {
  readonly url: string;
  readonly queueAdmin: QueueAdmin;
  readonly workload: Workload;
  readonly contestants: readonly Contestant[];
  readonly rounds: number;
  /** Work of one message for `hashes` (hashing.ts). */
  readonly hashRounds: number;
}

const QUEUE = 'benchmark.throughput';
const TARGET = 'benchmark.target';
/** Samples in one round: enough to be exact, few enough to cost nothing. */
const SAMPLES = 100;
const LOOK_EVERY_MS = 50;

/** Runs all contestants by turns in every round, so that other load on the machine hits all of them alike. */
export async function measureThroughput(options: ThroughputOptions): Promise<WorkloadResult> {
  const leftOut: { name: string; why: string }[] = [];
  const present: Contestant[] = [];
  for (const contestant of options.contestants) {
    const why = await contestant.missing?.();
    if (why === undefined) present.push(contestant);
    else leftOut.push({ name: contestant.name, why });
  }
  const figures = new Map<Contestant, RoundFigures[]>(present.map((contestant) => [contestant, []]));
  for (let round = 0; round < options.rounds; round++) {
    // Each round begins with another contestant, so that none is always first.
    const shift = round % present.length;
    for (const contestant of [...present.slice(shift), ...present.slice(0, shift)]) {
      const result = await runRound(contestant, options);
      figures.get(contestant)?.push(result);
      console.log(
        `  round ${round + 1}: ${contestant.name.padEnd(28)} ${formatFigure(result.rate).padStart(7)} messages/s`,
      );
    }
  }
  return summarise({ workload: options.workload, figures, leftOut });
}

async function runRound(contestant: Contestant, options: ThroughputOptions): Promise<RoundFigures> {
  const { queueAdmin, workload } = options;
  const { work, bodyBytes } = workload;
  const window = windowOf(workload, contestant);
  const messages = messagesFor(window, workload.instances);
  const { makeMessage: make } = contestant;
  const makeMessage = make && (() => make(bodyBytes, work));
  await queueAdmin.declareTarget(TARGET);
  await queueAdmin.create({ queue: QUEUE, messages, bodyBytes, makeMessage });
  try {
    return await inRoundFolder(async (folder) => {
      const plan = planOf(options, folder, window);
      const env = { [WORK_PLAN]: JSON.stringify(plan) };
      const process = await contestant.start({ workload, plan, folder, env });
      try {
        const look = async (): Promise<RoundFigures | undefined> => mergeSamples(await readSamples(folder), window);
        return await process.until(`have its ${messages} messages`, look, { everyMs: LOOK_EVERY_MS });
      } finally {
        await process.stop();
      }
    });
  } finally {
    await queueAdmin.delete(QUEUE);
    await queueAdmin.delete(TARGET);
  }
}

function planOf({ url, workload, hashRounds }: ThroughputOptions, folder: string, window: SampleWindow): WorkPlan {
  return {
    url,
    queue: QUEUE,
    prefetch: workload.prefetch,
    work: workload.work,
    hashRounds,
    awaitMs: AWAIT_MS,
    targetQueue: TARGET,
    sampleFolder: folder,
    sampleEvery: window.sampleEvery,
  };
}

function windowOf({ messages, warmUp }: Workload, { share = 1 }: Contestant): SampleWindow {
  const [measured, before] = [Math.ceil(messages * share), Math.ceil(warmUp * share)];
  return { messages: measured, warmUp: before, sampleEvery: Math.max(1, Math.floor((measured + before) / SAMPLES)) };
}

/** Each thread may have counted nearly `sampleEvery` messages since its last sample, so the queue needs that many more. */
function messagesFor({ messages, warmUp, sampleEvery }: SampleWindow, threads: number): number {
  return warmUp + messages + (threads + 1) * sampleEvery;
}

async function readSamples(folder: string) {
  const names = await readdir(folder);
  const files = names.filter((name) => name.endsWith('.samples'));
  const texts = await Promise.all(files.map((name) => readFile(join(folder, name), 'utf8')));
  return texts.flatMap(parseSamples);
}
