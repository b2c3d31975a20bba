import { mkdir, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { dirname } from 'node:path';
import { messageOf } from '../src/errors/index.js';
import { type PrivateBroker, startPrivateBroker } from '../test/support/private-broker.js';
import { type BenchmarkArguments, readArguments, USAGE } from './arguments.js';
import { BASELINE, CONTESTANTS } from './contestants/index.js';
import { measureIdleDaemon } from './measurements/idle-daemon.js';
import { measureLoopDelay } from './measurements/loop-delay.js';
import { measureThroughput } from './measurements/throughput.js';
import { describeMachine, formatResults, type Results } from './results.js';
import { Stockroom } from './stockroom.js';

/** `npm run bench`: plain amqplib against the daemon, on a private broker, and what the daemon costs when idle. */

const WORKLOAD = { warmUp: 5_000, bodyBytes: 200, prefetch: 100 };
const IDLE_THREADS = 2;
const LOOP_DELAY_MS = 5_000;

async function main(args: readonly string[]): Promise<number> {
  const asked = read(args);
  if (asked === undefined) return 2;
  console.log('starting a private RabbitMQ node…');
  const broker = await startPrivateBroker();
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => void interrupt(broker));
  try {
    const results = await measure(broker.url(), asked);
    console.log(formatResults(results));
    if (asked.json !== undefined) await save(asked.json, results);
    return 0;
  } finally {
    await broker.stop();
  }
}

/** The process under measurement ends when this one does (test/support/orphan-guard.ts). */
async function interrupt(broker: PrivateBroker): Promise<void> {
  console.error('interrupted');
  await broker.stop();
  process.exit(1);
}

function read(args: readonly string[]): BenchmarkArguments | undefined {
  try {
    return readArguments(args);
  } catch (error) {
    console.error(`${messageOf(error)}\n${USAGE}`);
    return undefined;
  }
}

async function measure(url: string, { rounds, messages }: BenchmarkArguments): Promise<Results> {
  const stockroom = await Stockroom.open(url);
  try {
    const workload = { ...WORKLOAD, rounds, messages };
    const contestants = CONTESTANTS;
    console.log(`throughput, ${contestants.length} contestants by turns`);
    const throughput = await measureThroughput({ ...workload, url, stockroom, contestants, baseline: BASELINE });
    console.log('start-up and memory');
    const idle = await measureIdleDaemon(url, IDLE_THREADS, rounds);
    console.log('event-loop delay');
    const threads = availableParallelism();
    const delay = (computing: boolean) =>
      measureLoopDelay({ url, stockroom, threads, computing, forMs: LOOP_DELAY_MS });
    const loopDelay = { threads, idle: await delay(false), computing: await delay(true) };
    const machine = describeMachine(stockroom.brokerVersion);
    return { date: new Date().toISOString(), machine, workload, throughput, idle, loopDelay };
  } finally {
    await stockroom.close();
  }
}

async function save(file: string, results: Results): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, `${JSON.stringify(results, null, 2)}\n`);
  console.log(`\nwritten to ${file}`);
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error(`the benchmark failed: ${messageOf(error)}`);
  process.exitCode = 1;
}
