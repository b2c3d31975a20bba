import { appendFileSync, mkdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'amqplib';
import { messageOf } from '../../src/errors/index.js';
import { startPrivateBroker } from '../support/broker/private-broker.js';
import { type Daemon, startDaemon } from '../support/daemon/daemon.js';
import { LedgerBook } from '../support/ledger/ledger-book.js';
import { TcpProxy } from '../support/network/tcp-proxy.js';
import { quietly, strikeUntil } from './campaign.js';
import { CensusTaker } from './census/census-taker.js';
import type { Scene } from './fault-kinds.js';
import { Load } from './load.js';
import { MemorySamples } from './report/memory-samples.js';
import type { SoakRecord } from './report/soak-record.js';
import { Undoing } from './undoing.js';
import { configuration, QUEUES } from './workload.js';

export interface SoakOptions {
  readonly minutes: number;
  readonly seed: number;
  readonly messagesPerSecond: number;
  /** Ends the faults and the load early; what there is by then is still judged. */
  readonly signal: AbortSignal;
  /** Told a line about each thing that happens. */
  readonly tell: (line: string) => void;
}

const THREADS = 2;
/** Load before the first census: every path of a day without faults was walked by then. */
const FIRST_LOAD_MS = 8_000;
const PATIENCE_MS = 120_000;

/** Runs a daemon under load and under faults, and tells all that was seen; it judges nothing. */
export async function runSoak(options: SoakOptions): Promise<SoakRecord> {
  const undoing = new Undoing();
  try {
    return await soak(undoing, options);
  } finally {
    await undoing.run();
  }
}

async function soak(undoing: Undoing, options: SoakOptions): Promise<SoakRecord> {
  const { minutes, seed, messagesPerSecond, signal, tell } = options;
  const folder = await mkdtemp(join(tmpdir(), 'soak-'));
  undoing.after(() => rm(folder, { recursive: true, force: true }));
  tell('starting a private RabbitMQ node…');
  const broker = await startPrivateBroker();
  undoing.after(() => broker.stop());
  const proxy = await TcpProxy.start({ host: broker.host, port: broker.port });
  undoing.after(() => proxy.close());
  const [traps, onwardFile] = [join(folder, 'traps'), join(folder, 'onward')];
  mkdirSync(traps);
  appendFileSync(onwardFile, '');
  const book = new LedgerBook(join(folder, 'ledger'));
  undoing.after(async () => book.close());
  const census = new CensusTaker(folder);
  const daemon = await startDaemon(undoing, {
    url: `${proxy.through(broker.url())}?heartbeat=2`,
    config: configuration(),
    env: { TEST_LEDGER: book.file, SOAK_ONWARD: onwardFile, SOAK_TRAPS: traps, ...census.env },
    args: ['--threads', String(THREADS)],
  });
  await daemon.ready(PATIENCE_MS);
  const memory = new MemorySamples(daemon.pid ?? 0);
  undoing.after(async () => memory.stop());
  const load = new Load({ url: broker.url(), book, onwardFile, seed, messagesPerSecond });
  undoing.after(() => load.stop());

  const from = Date.now();
  load.start();
  await quietly(FIRST_LOAD_MS, signal);
  await load.drained(PATIENCE_MS);
  const before = await census.steady();

  load.start();
  const scene: Scene = { broker, proxy, daemon, traps };
  const { strikes, problems } = await strikeUntil({ from, minutes, seed, signal, tell, scene, load });
  await load.drained(PATIENCE_MS).catch((error: unknown) => void problems.push(messageOf(error)));
  memory.stop();
  const to = Date.now();
  const after = await census.settled(before);
  const exit = await stop(daemon);
  const left = await leftOver(broker.url());
  return {
    seed,
    from,
    to,
    strikes,
    problems,
    exit,
    left,
    entries: book.entries(),
    confirmed: load.confirmed,
    onward: load.onward,
    memory: { samples: memory.samples, halves: memory.halves() },
    census: { before, after },
    warnings: census.warnings,
  };
}

async function stop(daemon: Daemon): Promise<string> {
  const { code, signal } = await daemon.stop(PATIENCE_MS);
  return String(signal ?? code);
}

/** What every queue holds after the daemon has gone, those that messages are put aside in included. */
async function leftOver(url: string): Promise<Record<string, number>> {
  const connection = await connect(url);
  const left: Record<string, number> = {};
  try {
    for (const queue of QUEUES.flatMap((name) => [name, `${name}.dead`])) {
      const channel = await connection.createChannel();
      channel.on('error', () => {}); // a queue that was never needed; its channel goes with it
      left[queue] = await channel.checkQueue(queue).then(
        ({ messageCount }) => messageCount,
        () => 0,
      );
    }
    return left;
  } finally {
    await connection.close();
  }
}
