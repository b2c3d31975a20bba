import { performance } from 'node:perf_hooks';
import { TcpProxy } from '../../test/support/tcp-proxy.js';
import { waitFor } from '../../test/support/wait.js';
import { AckLog, readAck } from '../ack-log.js';
import type { Contestant } from '../contestant.js';
import { percentile } from '../percentile.js';
import type { QueueGauge } from '../queue-gauge.js';
import { inRoundFolder } from '../round-folder.js';
import { type Spread, spreadOf } from '../statistics.js';
import { publishSteadily } from '../steady-publisher.js';
import type { Stockroom } from '../stockroom.js';
import { STOPWATCH, type StopwatchPlan } from '../stopwatch.js';

export interface LatencyOptions {
  readonly url: string;
  readonly stockroom: Stockroom;
  readonly gauge: QueueGauge;
  /** What the ratios are against. */
  readonly plain: Contestant;
  readonly daemon: Contestant;
  readonly rounds: number;
  /** Measured messages of one round; default 1000. */
  readonly messages?: number;
  /** Messages before them, at twenty times their rate: after some 3500 the code is compiled once more. Default 8000. */
  readonly warmUp?: number;
  /** Default 100. */
  readonly perSecond?: number;
  /** Default 200. */
  readonly bodyBytes?: number;
  /** Default 100. */
  readonly prefetch?: number;
}

/** One contestant's time from publish to ack. */
export interface AckDelay {
  /** Milliseconds. */
  readonly p50: Spread;
  /** Milliseconds. */
  readonly p99: Spread;
}

/** Time from a publish to the ack of the message, at a rate that keeps nobody busy. */
export interface Latency {
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

const QUEUE = 'benchmark.latency';
const ENDLESS = 1e9;
const WARM_UP_PACE = 20;

/**
 * Both contestants connect through a proxy of the harness, which notes when a basic.ack passes on its way to the broker:
 * the whole way is in it, the hop to a worker thread and back too, and no clock of another process. The queue is empty at
 * first and has one consumer, so delivery tag n is the n-th message. Broker and proxy cost both contestants the same, which
 * brings the ratio nearer to 1 than the ratio of what the two do themselves.
 */
export async function measureLatency(options: LatencyOptions): Promise<Latency> {
  const { messages = 1000, perSecond = 100, bodyBytes = 200 } = options;
  const rounds: { plain: RoundDelay; daemon: RoundDelay }[] = [];
  for (let round = 0; round < options.rounds; round++) {
    // By turns, and each goes first in turn: what the machine does meanwhile hits both alike.
    const first = await runRound(round % 2 === 0 ? options.plain : options.daemon, options);
    const second = await runRound(round % 2 === 0 ? options.daemon : options.plain, options);
    rounds.push(round % 2 === 0 ? { plain: first, daemon: second } : { plain: second, daemon: first });
  }
  return {
    messages,
    perSecond,
    bodyBytes,
    plain: spreads(rounds.map(({ plain }) => plain)),
    daemon: spreads(rounds.map(({ daemon }) => daemon)),
    ratio: spreads(rounds.map(({ plain, daemon }) => ({ p50: daemon.p50 / plain.p50, p99: daemon.p99 / plain.p99 }))),
  };
}

async function runRound(contestant: Contestant, options: LatencyOptions): Promise<RoundDelay> {
  const { url, stockroom, gauge, messages = 1000, warmUp = 8000, perSecond = 100, bodyBytes = 200 } = options;
  const { prefetch = 100 } = options;
  const acks = new AckLog();
  const proxy = await TcpProxy.start({ port: Number(new URL(url).port) });
  proxy.dropFrames((frame) => {
    const ack = readAck(frame);
    if (ack !== undefined) acks.note(ack, performance.now());
    return false; // only looked at
  });
  await stockroom.stock({ queue: QUEUE, messages: 0, bodyBytes });
  try {
    return await inRoundFolder(async (folder) => {
      // The contestants are those of the throughput, and want a plan for a stopwatch that never stops here.
      const plan: StopwatchPlan = { warmUp: 0, messages: ENDLESS, resultFile: `${folder}/time.json` };
      const env = { [STOPWATCH]: JSON.stringify(plan) };
      const process = await contestant.start({ url: proxy.through(url), queue: QUEUE, prefetch, folder, env });
      try {
        await gauge.untilConsumed(QUEUE);
        const load = { url, queue: QUEUE, bodyBytes };
        await publishSteadily({ ...load, messages: warmUp, perSecond: perSecond * WARM_UP_PACE });
        const sentAtMs = await publishSteadily({ ...load, messages, perSecond });
        const total = warmUp + messages;
        await waitFor(() => acks.count === total, { what: () => `${total} acks; there are ${acks.count}` });
        const delays = sentAtMs.map((sentAt, index) => (acks.timeOf(warmUp + index + 1) ?? Number.NaN) - sentAt);
        return { p50: percentile(delays, 50), p99: percentile(delays, 99) };
      } finally {
        await process.stop();
      }
    });
  } finally {
    await proxy.close();
    await stockroom.remove(QUEUE);
  }
}

function spreads(rounds: readonly RoundDelay[]): AckDelay {
  return { p50: spreadOf(rounds.map(({ p50 }) => p50)), p99: spreadOf(rounds.map(({ p99 }) => p99)) };
}

/** Lines of a table. */
export function formatLatency({ perSecond, bodyBytes, messages, plain, daemon, ratio }: Latency): string[] {
  return [
    `publish to ack, ${perSecond} messages/s of ${bodyBytes} bytes, ${messages} in each round: median (lowest to highest)`,
    row('plain amqplib', plain, ' ms'),
    row('daemon, one thread', daemon, ' ms'),
    row('daemon to plain', ratio, ''),
  ];
}

function row(name: string, { p50, p99 }: AckDelay, unit: string): string {
  return `  ${name.padEnd(22)} p50 ${figures(p50)}${unit}   p99 ${figures(p99)}${unit}`;
}

function figures({ median, lowest, highest }: Spread): string {
  return `${median.toFixed(2)} (${lowest.toFixed(2)} to ${highest.toFixed(2)})`;
}
