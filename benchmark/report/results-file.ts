import { z } from 'zod';

/** The parts of a results file that the report reads (results.ts has all). */

const spread = z.object({ median: z.number(), lowest: z.number(), highest: z.number() });

const contestant = z.object({
  id: z.string(),
  name: z.string(),
  rate: spread,
  ratio: spread,
  cpuMicroseconds: spread,
  mainCpuMicroseconds: spread.optional(),
  verdict: z.string().optional(),
});

const workload = z.object({
  id: z.string(),
  title: z.string(),
  bodyBytes: z.number(),
  messages: z.number(),
  slices: z.number().optional(),
  warmUp: z.number(),
  baseline: z.union([z.string(), z.number()]),
  target: z.object({ ratio: z.number(), stretch: z.number().optional() }).optional(),
  contestants: z.array(contestant).min(1),
  leftOut: z.array(z.object({ name: z.string(), why: z.string() })),
});

const ackDelay = z.object({ p50: spread, p99: spread });
const latency = z.object({
  messages: z.number(),
  perSecond: z.number(),
  bodyBytes: z.number(),
  plain: ackDelay,
  daemon: ackDelay,
  ratio: ackDelay,
});

const stages = z.object({ load: spread, threads: spread, connect: spread, subscribe: spread });
const startUp = z.array(z.object({ threads: z.number(), readyMs: spread, brokerMs: spread, stages }));

const held = z.object({ residentBytes: z.number(), heapBytes: z.number(), bufferBytes: z.number() });
const memory = z.object({
  idle: z.array(z.object({ threads: z.number(), residentBytes: spread })),
  perThreadBytes: z.number(),
  waiting: z.array(held.extend({ messages: z.number() })),
  bodyBytes: z.number(),
  perThousandWaiting: held,
});

const manyInstances = z.object({
  queues: z.number(),
  threads: z.number(),
  instances: z.number(),
  readyMs: z.number(),
  residentBytes: z.number(),
  messages: z.number(),
  handledMs: z.number(),
});
const tenth = z.object({ messagesPerSecond: z.number(), cpuMicroseconds: z.number(), residentBytes: z.number() });
const scale = z.object({
  queues: manyInstances,
  threads: manyInstances,
  messages: z.object({
    messages: z.number(),
    bodyBytes: z.number(),
    tenths: z.array(tenth),
    lastToMedian: z.number(),
    mainShare: z.number().optional(),
    processShare: z.number(),
  }),
});

const loopDelay = z.object({ p50: z.number(), p99: z.number(), max: z.number() });
const loopDelays = z.object({
  threads: z.number(),
  idle: loopDelay,
  computing: loopDelay,
  crowded: loopDelay.extend({ threads: z.number() }),
  crowdedAlike: loopDelay,
  plain: loopDelay,
});

const resultsFile = z.object({
  date: z.string(),
  machine: z.object({
    cores: z.number(),
    processor: z.string(),
    system: z.string(),
    node: z.string(),
    broker: z.string(),
  }),
  rounds: z.number(),
  workloads: z.array(workload),
  measurements: z
    .array(z.object({ id: z.string(), figures: z.unknown() }))
    .transform((all) => Object.fromEntries(all.map(({ id, figures }) => [id, figures])))
    .pipe(z.object({ latency, 'start-up': startUp, memory, scale, 'loop-delay': loopDelays })),
});

/** One full run. */
export type ResultsFile = z.infer<typeof resultsFile>;
export type WorkloadFigures = z.infer<typeof workload>;
export type ContestantFigures = z.infer<typeof contestant>;
export type HeldFigures = z.infer<typeof held>;
export type InstanceFigures = z.infer<typeof manyInstances>;

/** @throws when the run was not a full one: with `--only` the report has nothing to show */
export function parseResultsFile(text: string): ResultsFile {
  const value: unknown = JSON.parse(text);
  const { data, error } = resultsFile.safeParse(value);
  if (error !== undefined) throw new Error(`the results are not those of a full run:\n${z.prettifyError(error)}`);
  return data;
}

/** @throws when the run had no such workload */
export function workloadOf({ workloads }: ResultsFile, id: string): WorkloadFigures {
  const found = workloads.find((each) => each.id === id);
  if (found === undefined) throw new Error(`the results have no workload "${id}": a full run is needed`);
  return found;
}

/** @throws when the contestant did not take part */
export function contestantOf({ id, contestants }: WorkloadFigures, name: string): ContestantFigures {
  const found = contestants.find((each) => each.id === name);
  if (found === undefined) throw new Error(`${name} took no part in ${id}: a full run is needed`);
  return found;
}
