import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { messageOf } from '../src/errors/index.js';
import { type PrivateBroker, startPrivateBroker } from '../test/support/broker/private-broker.js';
import { type BenchmarkArguments, readArguments, USAGE } from './arguments.js';
import { QueueAdmin } from './broker/queue-admin.js';
import { MEASUREMENTS } from './measurements/index.js';
import { describeMachine, type MeasurementResult, type Results, type WorkloadResult } from './results/results.js';
import { formatResults } from './results/results-table.js';
import { measureThroughput } from './throughput/throughput.js';
import { contestantsOf, HASH_MS, WORKLOADS } from './workloads/all-workloads.js';
import { calibrateHashing } from './workloads/hashing.js';
import type { Workload } from './workloads/workload.js';

/**
 * `npm run bench`: measures the daemon against baselines and alternatives on a private broker. all-workloads.ts and
 * measurements/index.ts list what is measured.
 */

const NAMED = [...WORKLOADS, ...MEASUREMENTS];

async function main(args: readonly string[]): Promise<number> {
  const asked = read(args);
  if (asked === undefined) return 2;
  if (asked.list) {
    for (const { id, title } of NAMED) console.log(`${id.padEnd(14)} ${title}`);
    return 0;
  }
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

/** The measured process ends when this one does (test/support/processes/orphan-guard.ts). */
async function interrupt(broker: PrivateBroker): Promise<void> {
  console.error('interrupted');
  await broker.stop();
  process.exit(1);
}

function read(args: readonly string[]): BenchmarkArguments | undefined {
  try {
    return readArguments(
      args,
      NAMED.map(({ id }) => id),
    );
  } catch (error) {
    console.error(`${messageOf(error)}\n${USAGE}`);
    return undefined;
  }
}

interface Run {
  readonly url: string;
  readonly queueAdmin: QueueAdmin;
  readonly asked: BenchmarkArguments;
}

async function measure(url: string, asked: BenchmarkArguments): Promise<Results> {
  const queueAdmin = await QueueAdmin.open(url);
  try {
    const run: Run = { url, queueAdmin, asked };
    const workloads = await measureWorkloads(run);
    const measurements = await measureOthers(run);
    const machine = describeMachine(queueAdmin.brokerVersion);
    return { date: new Date().toISOString(), machine, rounds: asked.rounds, workloads, measurements };
  } finally {
    await queueAdmin.close();
  }
}

async function measureWorkloads({ url, queueAdmin, asked }: Run): Promise<WorkloadResult[]> {
  const { rounds, messages, daemon } = asked;
  const wanted = WORKLOADS.filter(({ id }) => isWanted(id, asked));
  const hashRounds = wanted.some(({ work }) => work === 'hashes') ? calibrateHashing(HASH_MS) : 0;
  const results: WorkloadResult[] = [];
  for (const whole of wanted) {
    const workload = limit(whole, messages);
    const contestants = contestantsOf(workload, daemon);
    console.log(
      `${workload.id}, ${contestants.length > 1 ? `${contestants.length} contestants by turns` : contestants[0]?.name}`,
    );
    results.push(await measureThroughput({ url, queueAdmin, workload, contestants, rounds, hashRounds }));
  }
  return results;
}

async function measureOthers({ url, queueAdmin, asked }: Run): Promise<MeasurementResult[]> {
  const { rounds, messages } = asked;
  const results: MeasurementResult[] = [];
  for (const measurement of MEASUREMENTS.filter(({ id }) => isWanted(id, asked))) {
    const { id, title } = measurement;
    console.log(id);
    results.push({ id, title, ...(await measurement.measure({ url, queueAdmin, rounds, messages })) });
  }
  return results;
}

function isWanted(id: string, { only }: BenchmarkArguments): boolean {
  return only === undefined || only.includes(id);
}

function limit(workload: Workload, most: number): Workload {
  return { ...workload, messages: Math.min(workload.messages, most), warmUp: Math.min(workload.warmUp, most) };
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
