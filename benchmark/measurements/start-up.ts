import type { JsonRecord } from '../../test/support/json-record.js';
import { timeBroker } from '../broker/connect-probe.js';
import { startDaemon } from '../processes/daemon-process.js';
import type { MeasuredProcess } from '../processes/measured-process.js';
import { inRoundFolder } from '../processes/round-folder.js';
import { formatTable } from '../results/text-table.js';
import { type Spread, spreadOf } from '../statistics/spread.js';
import type { Measurement } from './measurement.js';

interface StartUpOptions {
  readonly url: string;
  /** Default 1, 2 and 4. */
  readonly threadCounts?: readonly number[];
  readonly rounds: number;
}

/** How long the daemon takes until it logs `ready`. */
interface StartUp {
  readonly threads: number;
  /** Milliseconds from the spawn to `ready`. */
  readonly readyMs: Spread;
  /** Milliseconds of the same round trips alone: the broker's part. */
  readonly brokerMs: Spread;
  /** Milliseconds beyond the broker's part, in the same round. */
  readonly beyondMs: Spread;
  /** Milliseconds of each stage, from the times in the daemon's log. */
  readonly stages: Readonly<Record<Stage, Spread>>;
}

/** `load`: to the first line, Node.js and the modules. `connect`: TCP and log-in. `subscribe`: declarations, too. */
type Stage = 'load' | 'threads' | 'connect' | 'subscribe';

interface Round {
  readonly readyMs: number;
  readonly brokerMs: number;
  readonly stages: Readonly<Record<Stage, number>>;
}

const QUEUE = 'benchmark.start-up';

/** Every number of threads in every round, by turns. */
async function measureStartUp(options: StartUpOptions): Promise<StartUp[]> {
  const { url, threadCounts = [1, 2, 4], rounds } = options;
  const results = new Map<number, Round[]>(threadCounts.map((threads) => [threads, []]));
  for (let round = 0; round < rounds; round++) {
    for (const [threads, own] of results) own.push(await runRound(url, threads));
  }
  return [...results].map(([threads, own]) => {
    const spread = (of: (round: Round) => number): Spread => spreadOf(own.map(of));
    return {
      threads,
      readyMs: spread(({ readyMs }) => readyMs),
      brokerMs: spread(({ brokerMs }) => brokerMs),
      beyondMs: spread(({ readyMs, brokerMs }) => readyMs - brokerMs),
      stages: {
        load: spread(({ stages }) => stages.load),
        threads: spread(({ stages }) => stages.threads),
        connect: spread(({ stages }) => stages.connect),
        subscribe: spread(({ stages }) => stages.subscribe),
      },
    };
  });
}

async function runRound(url: string, threads: number): Promise<Round> {
  const brokerMs = await timeBroker(url, QUEUE);
  return inRoundFolder(async (folder) => {
    const env = { AMQP_DISPATCHER_LOG_LEVEL: 'debug' };
    const daemon = await startDaemon({ url, queue: QUEUE, folder, consumer: 'computes', threads, env });
    try {
      return { readyMs: await daemon.ready(), brokerMs, stages: stagesOf(daemon) };
    } finally {
      await daemon.stop();
    }
  });
}

function stagesOf({ spawnedAt, logged }: MeasuredProcess): Record<Stage, number> {
  const at = (isIt: (message: string) => boolean): number => timeOf(logged, isIt);
  const loaded = at((message) => message === 'starting worker threads');
  const serving = at((message) => message === 'worker threads ready; connecting');
  const connected = at((message) => message.startsWith('connected to '));
  const ready = at((message) => message === 'ready');
  return {
    load: loaded - spawnedAt,
    threads: serving - loaded,
    connect: connected - serving,
    subscribe: ready - connected,
  };
}

/** @throws when the log has no such line because its text has changed */
function timeOf(logged: readonly JsonRecord[], isIt: (message: string) => boolean): number {
  const time = logged.find(({ msg }) => typeof msg === 'string' && isIt(msg))?.['time'];
  if (typeof time !== 'number') throw new Error('the daemon did not log a stage of its start; has the text changed?');
  return time;
}

export const startUp: Measurement = {
  id: 'start-up',
  title: 'start-up of the daemon',
  measure: async ({ url, rounds }) => {
    const figures = await measureStartUp({ url, rounds });
    return { figures, lines: formatStartUp(figures) };
  },
};

function formatStartUp(results: readonly StartUp[]): string[] {
  return [
    'from the spawn to `ready`, medians; beyond: without what the broker takes by itself; the last four are its stages',
    ...formatTable([
      ['milliseconds', 'ready', 'broker', 'beyond', 'load', 'threads', 'connect', 'subscribe'],
      ...results.map(({ threads, readyMs, brokerMs, beyondMs, stages }) => [
        `${threads} ${threads === 1 ? 'thread' : 'threads'}`,
        ...[readyMs, brokerMs, beyondMs, stages.load, stages.threads, stages.connect, stages.subscribe].map(
          ({ median }) => median.toFixed(0),
        ),
      ]),
    ]),
  ];
}
