import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseRecord } from '../../test/support/json-record.js';
import { startDaemon } from '../daemon-process.js';
import type { Stockroom } from '../stockroom.js';

/** How late the main thread's timers were, in milliseconds. */
export interface LoopDelay {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

export interface LoopDelayOptions {
  readonly url: string;
  readonly stockroom: Stockroom;
  readonly threads: number;
  readonly computing: boolean;
  readonly forMs: number;
}

// Written in plain JavaScript and not compiled: it is loaded into the daemon by --import.
const PROBE = new URL('../../../benchmark/loop-delay-probe.js', import.meta.url).href;
const QUEUE = 'benchmark.loop-delay';
/** More than the threads can compute in the time, at 200 ms each. */
const ENOUGH_MESSAGES = 1000;
const SETTLE_MS = 500;

/** The main thread's event-loop delay, from within the daemon, while every thread computes or none does. */
export async function measureLoopDelay(options: LoopDelayOptions): Promise<LoopDelay> {
  const { url, stockroom, threads, computing, forMs } = options;
  const folder = await mkdtemp(join(tmpdir(), 'benchmark-'));
  const resultFile = join(folder, 'loop-delay.json');
  await stockroom.stock({ queue: QUEUE, messages: computing ? ENOUGH_MESSAGES : 0, bodyBytes: 200 });
  const daemon = await startDaemon({
    url,
    queue: QUEUE,
    folder,
    consumer: 'computes',
    threads,
    env: { BENCHMARK_LOOP_DELAY: resultFile },
    nodeFlags: ['--import', PROBE],
  });
  try {
    await daemon.ready();
    await sleep(SETTLE_MS);
    daemon.signal('SIGUSR2'); // begin
    await sleep(forMs);
    daemon.signal('SIGUSR2'); // end, and write
    const result = parseRecord(await daemon.written(resultFile, 20_000));
    return { p50: Number(result?.['p50']), p99: Number(result?.['p99']), max: Number(result?.['max']) };
  } finally {
    await daemon.stop();
    await stockroom.remove(QUEUE);
    await rm(folder, { recursive: true, force: true });
  }
}
