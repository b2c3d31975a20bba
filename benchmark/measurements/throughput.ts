import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Stockroom } from '../broker/queue-admin.js';
import type { Contestant } from '../contestants/contestant.js';
import type { WorkloadResult } from '../results/results.js';
import { summarise } from '../results/round-summary.js';
import { formatFigure } from '../results/text-table.js';
import { type LapWindow, mergeLaps, parseLaps, type RoundFigures } from '../statistics/samples.js';
import { AWAIT_MS } from '../workloads/all-workloads.js';
import { WORK_PLAN, type WorkPlan } from '../workloads/work-plan.js';
import type { Workload } from '../workloads/workload.js';

export interface ThroughputOptions {
  readonly url: string;
  readonly stockroom: Stockroom;
  readonly workload: Workload;
  readonly contestants: readonly Contestant[];
  readonly rounds: number;
  /** What a message computes, where it computes. */
  readonly hashRounds: number;
}

const QUEUE = 'benchmark.throughput';
const SHELF = 'benchmark.shelf';
/** So many times a round the clock is read: often enough to be exact, seldom enough to cost nothing. */
const LAPS = 100;
const LOOK_EVERY_MS = 50;

/** Every contestant in every round, by turns: what the machine does meanwhile hits all of them alike. */
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
    // Each round begins with another one, so that nobody is always the first.
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
  const { url, stockroom, workload, hashRounds } = options;
  const { prefetch, work, bodyBytes } = workload;
  const window = windowOf(workload, contestant);
  const folder = await mkdtemp(join(tmpdir(), 'benchmark-'));
  const plan: WorkPlan = {
    url,
    queue: QUEUE,
    prefetch,
    work,
    hashRounds,
    awaitMs: AWAIT_MS,
    shelf: SHELF,
    lapFolder: folder,
    lapEvery: window.lapEvery,
  };
  const messages = stockFor(window, workload.instances);
  const { makeMessage: make } = contestant;
  const makeMessage = make && (() => make(bodyBytes, work));
  await stockroom.putUpShelf(SHELF);
  await stockroom.stock({ queue: QUEUE, messages, bodyBytes, makeMessage });
  const env = { [WORK_PLAN]: JSON.stringify(plan) };
  const process = await contestant.start({ workload, plan, folder, env });
  try {
    const look = async (): Promise<RoundFigures | undefined> => mergeLaps(await readLaps(folder), window);
    return await process.until(`have its ${messages} messages`, look, { everyMs: LOOK_EVERY_MS });
  } finally {
    await process.stop();
    await stockroom.remove(QUEUE);
    await stockroom.remove(SHELF);
    await rm(folder, { recursive: true, force: true });
  }
}

function windowOf({ messages, warmUp }: Workload, { share = 1 }: Contestant): LapWindow {
  const [measured, before] = [Math.ceil(messages * share), Math.ceil(warmUp * share)];
  return { messages: measured, warmUp: before, lapEvery: Math.max(1, Math.floor((measured + before) / LAPS)) };
}

/** A thread may keep nearly a lap's messages to itself: with so many more the last lap comes while the queue still has some. */
function stockFor({ messages, warmUp, lapEvery }: LapWindow, threads: number): number {
  return warmUp + messages + (threads + 1) * lapEvery;
}

async function readLaps(folder: string) {
  const names = await readdir(folder);
  const files = names.filter((name) => name.endsWith('.laps'));
  const texts = await Promise.all(files.map((name) => readFile(join(folder, name), 'utf8')));
  return texts.flatMap(parseLaps);
}
