import { appendFileSync, mkdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'amqplib';
import { messageOf } from '../../src/errors/index.js';
import { startPrivateBroker } from '../support/broker/private-broker.js';
import { type Daemon, startDaemon } from '../support/daemon/daemon.js';
import { hasConsole, Observers } from '../support/daemon/observers.js';
import { DaemonHttp } from '../support/daemon/scrape.js';
import { LedgerBook } from '../support/ledger/ledger-book.js';
import { TcpProxy } from '../support/network/tcp-proxy.js';
import { sleepUnlessAborted, strikeUntil } from './campaign.js';
import { CensusTaker } from './census/census-taker.js';
import type { Scene } from './fault-kinds.js';
import { Load } from './load.js';
import { MemorySamples } from './report/memory-samples.js';
import type { SoakRecord } from './report/soak-record.js';
import { TeardownStack } from './teardown-stack.js';
import { configuration, QUEUES } from './workload.js';

export interface SoakOptions {
  readonly minutes: number;
  readonly seed: number;
  readonly messagesPerSecond: number;
  /** Ends faults and load early; the run so far is still judged. */
  readonly signal: AbortSignal;
  /** Called with a line about each event. */
  readonly tell: (line: string) => void;
}

const THREADS = 2;
/** Load before the first census, so that all code of a day without faults has run. */
const FIRST_LOAD_MS = 8_000;
const PATIENCE_MS = 120_000;

/** Runs a daemon under load and faults and returns the record; judgeSoak judges it. */
export async function runSoak(options: SoakOptions): Promise<SoakRecord> {
  const teardown = new TeardownStack();
  try {
    return await soak(teardown, options);
  } finally {
    await teardown.run();
  }
}

async function soak(teardown: TeardownStack, options: SoakOptions): Promise<SoakRecord> {
  const { minutes, seed, messagesPerSecond, signal, tell } = options;
  const folder = await mkdtemp(join(tmpdir(), 'soak-'));
  teardown.after(() => rm(folder, { recursive: true, force: true }));
  tell('starting a private RabbitMQ node…');
  const broker = await startPrivateBroker();
  teardown.after(() => broker.stop());
  const proxy = await TcpProxy.start({ host: broker.host, port: broker.port });
  teardown.after(() => proxy.close());
  const [traps, onwardFile] = [join(folder, 'traps'), join(folder, 'onward')];
  mkdirSync(traps);
  appendFileSync(onwardFile, '');
  const book = new LedgerBook(join(folder, 'ledger'));
  teardown.after(async () => book.close());
  const census = new CensusTaker(folder);
  const daemon = await startDaemon(teardown, {
    url: `${proxy.through(broker.url())}?heartbeat=2`,
    config: configuration(),
    env: { TEST_LEDGER: book.file, SOAK_ONWARD: onwardFile, SOAK_TRAPS: traps, ...census.env },
    args: ['--threads', String(THREADS)],
  });
  await daemon.ready(PATIENCE_MS);
  const memory = new MemorySamples(daemon.pid ?? 0);
  teardown.after(async () => memory.stop());
  const observers = new Observers((await DaemonHttp.of(daemon)).origin);
  teardown.after(async () => observers.stop());
  const load = new Load({ url: broker.url(), book, onwardFile, seed, messagesPerSecond });
  teardown.after(() => load.stop());

  const from = Date.now();
  load.start();
  await sleepUnlessAborted(FIRST_LOAD_MS, signal);
  await load.drained(PATIENCE_MS);
  const before = await census.steady();

  load.start();
  const scene: Scene = { broker, proxy, daemon, traps };
  const { strikes, problems } = await strikeUntil({ from, minutes, seed, signal, tell, scene, load });
  await load.drained(PATIENCE_MS).catch((error: unknown) => void problems.push(messageOf(error)));
  memory.stop();
  const to = Date.now();
  const after = await census.settled(before);
  const holders = await census.holders(before, after).catch((error: unknown) => [messageOf(error)]);
  const { scrapes, failedScrapes, events } = observers;
  observers.stop();
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
    memory: { samples: memory.samples, halves: memory.halves(), main: census.memory },
    observed: { scrapes, failedScrapes, events: hasConsole() ? events : undefined },
    census: { before, after, holders },
    warnings: census.warnings,
  };
}

async function stop(daemon: Daemon): Promise<string> {
  const { code, signal } = await daemon.stop(PATIENCE_MS);
  return String(signal ?? code);
}

/** Messages left in each queue and dead queue after the daemon has stopped. */
async function leftOver(url: string): Promise<Record<string, number>> {
  const connection = await connect(url);
  const left: Record<string, number> = {};
  try {
    for (const queue of QUEUES.flatMap((name) => [name, `${name}.dead`])) {
      const channel = await connection.createChannel();
      channel.on('error', () => {}); // a dead queue that was never declared; the channel closes with the error
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
