import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { waitFor } from '../../test/support/wait.js';
import type { Stockroom } from '../broker/queue-admin.js';
import { QueueGauge } from '../broker/queue-gauge.js';
import { publishSteadily } from '../broker/steady-publisher.js';
import type { Contestant } from '../contestants/contestant.js';
import { daemon, plainAmqplib } from '../contestants/index.js';
import { AckLog } from '../probes/ack-log.js';
import type { MeasuredProcess } from '../processes/measured-process.js';
import { inRoundFolder } from '../processes/round-folder.js';
import { formatTable } from '../results/text-table.js';
import { percentile } from '../statistics/percentile.js';
import { type Spread, spreadOf } from '../statistics/spread.js';
import { WORK_PLAN, type WorkPlan } from '../workloads/work-plan.js';
import type { Measurement } from './measurement.js';

interface LatencyOptions {
  readonly url: string;
  readonly stockroom: Stockroom;
  readonly gauge: QueueGauge;
  readonly rounds: number;
  /** Measured messages of one round. */
  readonly messages: number;
  /**
   * Messages before them, at ten times their rate, one by one as well: a daemon runs for days, and the compiler is busy for
   * its first 12,000 messages or so. What it does then is most of the 99th percentile.
   */
  readonly warmUp: number;
}

/** One contestant's time from publish to ack. */
interface AckDelay {
  /** Milliseconds. */
  readonly p50: Spread;
  /** Milliseconds. */
  readonly p99: Spread;
}

/** Time from a publish to the ack of the message, at a rate that keeps nobody busy. */
interface Latency {
  readonly messages: number;
  readonly perSecond: number;
  readonly bodyBytes: number;
  readonly plain: AckDelay;
  readonly daemon: AckDelay;
  /** Daemon to plain, in the same round. */
  readonly ratio: AckDelay;
}

interface RoundDelay {
  readonly p50: number;
  readonly p99: number;
}

// Written in plain JavaScript and not compiled: it is loaded into the process by --import.
const PROBE = new URL('../../../benchmark/probes/ack-probe.js', import.meta.url).href;
const NOTED = z.array(
  z.object({ channel: z.number(), deliveryTag: z.number(), multiple: z.boolean(), atMs: z.number() }),
);
const MESSAGES = 1000;
const WARM_UP = 15_000;
const PER_SECOND = 100;
const WARM_UP_PACE = 10;
const BODY_BYTES = 200;
const QUEUE = 'benchmark.latency';
const ONE_THREAD = { threads: 1, instances: 1 };
/** The contestants are those of the throughput; nobody reads their stopwatch here, and it writes no lap. */
const PLAN = {
  queue: QUEUE,
  work: 'acks',
  prefetch: 100,
  hashRounds: 0,
  awaitMs: 0,
  shelf: '',
  lapEvery: Number.MAX_SAFE_INTEGER,
} as const;

/**
 * A probe in each contestant notes when it has given a basic.ack to the kernel, by a clock that the publisher reads too: the
 * whole way is in it, the hop to a worker thread and back too. Nobody stands on the way: a proxy of the harness that saw the
 * acks pass would be one process more that wants one of two cores just when the thread has to be woken. The queue is empty at
 * first and has one consumer, so delivery tag n is the n-th message. The broker costs both contestants the same, which brings
 * the ratio nearer to 1 than the ratio of what the two do themselves.
 */
async function measureLatency(options: LatencyOptions): Promise<Latency> {
  const own: RoundDelay[] = [];
  const plain: RoundDelay[] = [];
  for (let round = 0; round < options.rounds; round++) {
    // By turns, and each goes first in turn: what the machine does meanwhile hits both alike.
    if (round % 2 === 0) plain.push(await runRound(plainAmqplib, options));
    own.push(await runRound(daemon, options));
    if (round % 2 === 1) plain.push(await runRound(plainAmqplib, options));
  }
  const ratios = own.map(({ p50, p99 }, round) => ({
    p50: p50 / (plain[round]?.p50 ?? Number.NaN),
    p99: p99 / (plain[round]?.p99 ?? Number.NaN),
  }));
  return {
    messages: options.messages,
    perSecond: PER_SECOND,
    bodyBytes: BODY_BYTES,
    plain: spreads(plain),
    daemon: spreads(own),
    ratio: spreads(ratios),
  };
}

async function runRound(contestant: Contestant, options: LatencyOptions): Promise<RoundDelay> {
  const { url, stockroom, gauge, messages, warmUp } = options;
  await stockroom.stock({ queue: QUEUE, messages: 0, bodyBytes: BODY_BYTES });
  try {
    return await inRoundFolder(async (folder) => {
      const plan: WorkPlan = { ...PLAN, url, lapFolder: folder };
      const file = join(folder, 'acks.json');
      const env = { [WORK_PLAN]: JSON.stringify(plan), NODE_OPTIONS: `--import=${PROBE}`, BENCHMARK_ACKS: file };
      const process = await contestant.start({ workload: ONE_THREAD, plan, folder, env });
      try {
        await gauge.untilConsumed(QUEUE);
        const load = { url, queue: QUEUE, bodyBytes: BODY_BYTES };
        await publishSteadily({ ...load, messages: warmUp, perSecond: PER_SECOND * WARM_UP_PACE });
        const sentAtMs = await publishSteadily({ ...load, messages, perSecond: PER_SECOND });
        const acks = await allAcks(process, file, warmUp + messages);
        const delays = sentAtMs.map((sentAt, index) => (acks.timeOf(warmUp + index + 1) ?? Number.NaN) - sentAt);
        return { p50: percentile(delays, 50), p99: percentile(delays, 99) };
      } finally {
        await process.stop();
      }
    });
  } finally {
    await stockroom.remove(QUEUE);
  }
}

/** What the probe has noted, once that is so many acks. */
async function allAcks(process: MeasuredProcess, file: string, total: number): Promise<AckLog> {
  let found = 0;
  return waitFor(
    async () => {
      await rm(file, { force: true });
      process.signal('SIGUSR2');
      const acks = new AckLog();
      for (const { atMs, ...ack } of NOTED.parse(JSON.parse(await process.written(file)))) acks.note(ack, atMs);
      found = acks.count;
      return found === total ? acks : undefined;
    },
    { what: () => `${total} acks; there are ${found}` },
  );
}

function spreads(rounds: readonly RoundDelay[]): AckDelay {
  return { p50: spreadOf(rounds.map(({ p50 }) => p50)), p99: spreadOf(rounds.map(({ p99 }) => p99)) };
}

export const latency: Measurement = {
  id: 'latency',
  title: 'time from a publish to its ack on the wire',
  measure: async ({ url, stockroom, rounds, messages: most }) => {
    const [messages, warmUp] = [Math.min(MESSAGES, most), Math.min(WARM_UP, most)];
    const figures = await QueueGauge.during(url, async (gauge) =>
      measureLatency({ url, stockroom, gauge, rounds, messages, warmUp }),
    );
    return { figures, lines: formatLatency(figures) };
  },
};

function formatLatency({ perSecond, bodyBytes, messages, plain, daemon: own, ratio }: Latency): string[] {
  return [
    `${perSecond} messages/s of ${bodyBytes} bytes, ${messages} in each round; medians of the rounds`,
    ...formatTable([
      ['milliseconds', 'p50', 'lowest', 'highest', 'p99', 'lowest', 'highest'],
      ['plain amqplib', ...cells(plain)],
      ['daemon, one thread', ...cells(own)],
      ['ratio, in the same round', ...cells(ratio)],
    ]),
  ];
}

function cells({ p50, p99 }: AckDelay): string[] {
  return [p50, p99].flatMap(({ median, lowest, highest }) =>
    [median, lowest, highest].map((figure) => figure.toFixed(2)),
  );
}
