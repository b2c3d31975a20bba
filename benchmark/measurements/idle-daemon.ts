import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from 'amqplib';
import { startDaemon } from '../daemon-process.js';
import { type Spread, spreadOf } from '../statistics.js';

/** What the daemon costs before its first message. */
export interface IdleDaemon {
  readonly threads: number;
  /** Milliseconds from the spawn to the log line `ready`. */
  readonly readyMs: Spread;
  /** Milliseconds that a plain connect, declare and subscribe take on the same broker: the broker's part of it. */
  readonly brokerMs: Spread;
  /** Resident memory a second after `ready`; undefined where there is no /proc. */
  readonly residentBytes: Spread | undefined;
}

const SETTLE_MS = 1000;
const QUEUE = 'benchmark.idle';

export async function measureIdleDaemon(url: string, threads: number, rounds: number): Promise<IdleDaemon> {
  const ready: number[] = [];
  const broker: number[] = [];
  const resident: number[] = [];
  for (let round = 0; round < rounds; round++) {
    broker.push(await timeBroker(url));
    const folder = await mkdtemp(join(tmpdir(), 'benchmark-'));
    const daemon = await startDaemon({ url, queue: QUEUE, folder, consumer: 'computes', threads });
    try {
      ready.push(await daemon.ready());
      await sleep(SETTLE_MS);
      const bytes = await daemon.residentBytes();
      if (bytes !== undefined) resident.push(bytes);
    } finally {
      await daemon.stop();
      await rm(folder, { recursive: true, force: true });
    }
  }
  return {
    threads,
    readyMs: spreadOf(ready),
    brokerMs: spreadOf(broker),
    residentBytes: resident.length === 0 ? undefined : spreadOf(resident),
  };
}

/** The same round trips as the daemon's start: connect, declare on one channel, subscribe on another. */
async function timeBroker(url: string): Promise<number> {
  const startedAt = performance.now();
  const connection = await connect(url, { noDelay: true });
  const declaring = await connection.createChannel();
  await declaring.assertQueue(QUEUE, { durable: true });
  await declaring.close();
  const consuming = await connection.createChannel();
  await consuming.prefetch(1);
  await consuming.consume(QUEUE, () => undefined);
  const ms = performance.now() - startedAt;
  await connection.close();
  return ms;
}
