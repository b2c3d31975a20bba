import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseRecord } from '../../test/support/json-record.js';
import type { QueueAdmin } from '../broker/queue-admin.js';
import { startDaemon } from '../processes/daemon-process.js';
import { MeasuredProcess, type MeasuredProcessOptions } from '../processes/measured-process.js';
import { inRoundFolder } from '../processes/round-folder.js';
import { formatTable } from '../results/text-table.js';
import type { Measurement } from './measurement.js';

/** How late timers of the main thread fired. */
interface LoopDelay {
  /** Milliseconds. */
  readonly p50: number;
  /** Milliseconds. */
  readonly p99: number;
  /** Milliseconds. */
  readonly max: number;
}

/** Event-loop delay of the thread that has the connection, in five processes. */
interface LoopDelays {
  readonly threads: number;
  /** The daemon without messages. */
  readonly idle: LoopDelay;
  /** The daemon while every thread computes. */
  readonly computing: LoopDelay;
  /** As `computing`, with many more threads than processors. */
  readonly crowded: LoopDelay & { readonly threads: number };
  /** As `crowded`, with threads of the main thread's priority. */
  readonly crowdedAlike: LoopDelay;
  /** Plain amqplib that computes the same jobs on its only thread. */
  readonly plain: LoopDelay;
}

interface LoopDelaysOptions {
  readonly url: string;
  readonly queueAdmin: QueueAdmin;
  readonly threads: number;
  /** Milliseconds of each measurement. */
  readonly forMs: number;
}

interface LoopDelayOptions extends LoopDelaysOptions {
  readonly computing: boolean;
  /** More keys of the file. */
  readonly file?: object;
}

type Common = Required<Pick<MeasuredProcessOptions, 'folder' | 'env'>> & { readonly nodeFlags: readonly string[] };

interface Run {
  readonly messages: number;
  readonly start: (common: Common) => Promise<MeasuredProcess>;
}

// Plain JavaScript that is not compiled, for --import.
const PROBE = new URL('../../../benchmark/probes/loop-delay-probe.js', import.meta.url).href;
const PLAIN_PROGRAM = fileURLToPath(new URL('../programs/computing-amqplib.js', import.meta.url));
const QUEUE = 'benchmark.loop-delay';
/** More than can be computed in the time: each takes 200 ms. */
const ENOUGH_MESSAGES = 1000;
const SETTLE_MS = 500;
const FOR_MS = 5000;
/** Threads for each processor. */
const CROWD = 32;

/** The daemon idle and computing, and plain amqplib computing. */
async function measureLoopDelays(options: LoopDelaysOptions): Promise<LoopDelays> {
  const crowd = CROWD * options.threads;
  const crowded = { ...options, threads: crowd, computing: true };
  return {
    threads: options.threads,
    idle: await measureLoopDelay({ ...options, computing: false }),
    computing: await measureLoopDelay({ ...options, computing: true }),
    crowded: { threads: crowd, ...(await measureLoopDelay(crowded)) },
    crowdedAlike: await measureLoopDelay({ ...crowded, file: { resource_limits: { nice: 0 } } }),
    plain: await measurePlainLoopDelay(options),
  };
}

/** The daemon's main-thread delay while every thread computes, or none does. */
async function measureLoopDelay(options: LoopDelayOptions): Promise<LoopDelay> {
  const { url, threads, computing, file = {} } = options;
  return measure(options, {
    messages: computing ? ENOUGH_MESSAGES : 0,
    start: (common) => startDaemon({ ...common, url, queue: QUEUE, consumer: 'computes', threads, file }),
  });
}

async function measurePlainLoopDelay(options: LoopDelaysOptions): Promise<LoopDelay> {
  return measure(options, {
    messages: ENOUGH_MESSAGES,
    start: async ({ nodeFlags, ...common }) =>
      new MeasuredProcess({ ...common, args: [...nodeFlags, PLAIN_PROGRAM, options.url, QUEUE] }),
  });
}

async function measure({ queueAdmin, forMs }: LoopDelaysOptions, { messages, start }: Run): Promise<LoopDelay> {
  await queueAdmin.create({ queue: QUEUE, messages, bodyBytes: 200 });
  try {
    return await inRoundFolder(async (folder) => {
      const resultFile = join(folder, 'loop-delay.json');
      const env = { BENCHMARK_LOOP_DELAY: resultFile };
      const process = await start({ folder, env, nodeFlags: ['--import', PROBE] });
      try {
        await process.ready();
        await sleep(SETTLE_MS);
        process.signal('SIGUSR2'); // begin
        await sleep(forMs);
        process.signal('SIGUSR2'); // end, and write
        const result = parseRecord(await process.written(resultFile, 20_000));
        return { p50: Number(result?.['p50']), p99: Number(result?.['p99']), max: Number(result?.['max']) };
      } finally {
        await process.stop();
      }
    });
  } finally {
    await queueAdmin.delete(QUEUE);
  }
}

export const loopDelay: Measurement = {
  id: 'loop-delay',
  title: 'event-loop delay of the thread that has the connection',
  measure: async ({ url, queueAdmin }) => {
    const figures = await measureLoopDelays({ url, queueAdmin, threads: availableParallelism(), forMs: FOR_MS });
    return { figures, lines: formatLoopDelays(figures) };
  },
};

function formatLoopDelays({ threads, idle, computing, crowded, crowdedAlike, plain }: LoopDelays): string[] {
  return formatTable([
    ['milliseconds', 'p50', 'p99', 'max'],
    [`daemon, ${threads} threads, none computes`, ...cells(idle)],
    [`daemon, ${threads} threads, every one computes`, ...cells(computing)],
    [`daemon, ${crowded.threads} threads, every one computes`, ...cells(crowded)],
    ['the same, nice: 0', ...cells(crowdedAlike)],
    ['plain amqplib, computes the same jobs', ...cells(plain)],
  ]);
}

function cells({ p50, p99, max }: LoopDelay): string[] {
  return [p50, p99, max].map((ms) => ms.toFixed(2));
}
