import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { waitFor } from '../../test/support/wait.js';
import type { QueueAdmin } from '../broker/queue-admin.js';
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
  readonly queueAdmin: QueueAdmin;
  readonly gauge: QueueGauge;
  readonly rounds: number;
  /** Measured messages of one round. */
  readonly messages: number;
  /**
   * Messages before them, one by one at ten times the rate. The compiler is busy for about the first 12,000 messages, and would
   * be most of the 99th percentile.
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

// Plain JavaScript that is not compiled, for --import.
const PROBE = new URL('../../../benchmark/probes/ack-probe.js', import.meta.url).href;
const RECORDED = z.array(
  z.object({ channel: z.number(), deliveryTag: z.number(), multiple: z.boolean(), atMs: z.number() }),
);
const MESSAGES = 1000;
const WARM_UP = 15_000;
const PER_SECOND = 100;
const WARM_UP_PACE = 10;
const BODY_BYTES = 200;
const QUEUE = 'benchmark.latency';
const ONE_THREAD = { threads: 1, instances: 1 };
/** The throughput contestants, without samples. */
const PLAN = {
  queue: QUEUE,
  work: 'acks',
  prefetch: 100,
  hashRounds: 0,
  awaitMs: 0,
  targetQueue: '',
  sampleEvery: Number.MAX_SAFE_INTEGER,
} as const;

/**
 * A probe in each contestant records when it hands a basic.ack to the kernel, on a clock shared with the publisher. That covers
 * the whole way, the hop to a worker thread and back included. A proxy that watched the acks would want one of two cores just
 * when the thread has to wake up. The queue starts empty and has one consumer, so delivery tag n is the n-th message. The broker
 * costs both contestants the same, which brings the ratio nearer to 1.
 */
async function measureLatency(options: LatencyOptions): Promise<Latency> {
  const own: RoundDelay[] = [];
  const plain: RoundDelay[] = [];
  for (let round = 0; round < options.rounds; round++) {
    // By turns, each first in turn, so that other load on the machine hits both alike.
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
  const { url, queueAdmin, gauge, messages, warmUp } = options;
  await queueAdmin.create({ queue: QUEUE, messages: 0, bodyBytes: BODY_BYTES });
  try {
    return await inRoundFolder(async (folder) => {
      const plan: WorkPlan = { ...PLAN, url, sampleFolder: folder };
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
    await queueAdmin.delete(QUEUE);
  }
}

/** The acks that the probe recorded, once there are `total`. */
async function allAcks(process: MeasuredProcess, file: string, total: number): Promise<AckLog> {
  let found = 0;
  return waitFor(
    async () => {
      await rm(file, { force: true });
      process.signal('SIGUSR2');
      const acks = new AckLog();
      for (const { atMs, ...ack } of RECORDED.parse(JSON.parse(await process.written(file)))) acks.note(ack, atMs);
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
  measure: async ({ url, queueAdmin, rounds, messages: most }) => {
    const [messages, warmUp] = [Math.min(MESSAGES, most), Math.min(WARM_UP, most)];
    const figures = await QueueGauge.during(url, async (gauge) =>
      measureLatency({ url, queueAdmin, gauge, rounds, messages, warmUp }),
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
