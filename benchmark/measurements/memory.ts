import { join } from 'node:path';
import { parseRecord } from '../../test/support/json-record.js';
import { startDaemon } from '../daemon-process.js';
import type { QueueGauge } from '../queue-gauge.js';
import { settledResidentBytes } from '../resident-memory.js';
import { inRoundFolder } from '../round-folder.js';
import { slopeOf } from '../slope.js';
import { type Spread, spreadOf } from '../statistics.js';
import type { Stockroom } from '../stockroom.js';

export interface MemoryOptions {
  readonly url: string;
  readonly stockroom: Stockroom;
  readonly gauge: QueueGauge;
  readonly rounds: number;
  /** Threads of the idle daemon; the first is the one that is shown. Default 2, 4 and 8. */
  readonly threadCounts?: readonly number[];
  /**
   * Waiting messages, at most 65,534; default 20,000, 40,000 and 60,000. None is no good beginning of the line: the first
   * thousands fill the young generation, which stays.
   */
  readonly waitingCounts?: readonly number[];
  /** Default 1000. */
  readonly bodyBytes?: number;
}

/** Resident memory of the daemon, and where it goes. All in bytes. */
export interface Memory {
  readonly idle: readonly IdleMemory[];
  /** What each further thread costs. */
  readonly perThreadBytes: number;
  readonly waiting: readonly WaitingMemory[];
  readonly bodyBytes: number;
  readonly perThousandWaiting: HeldBytes;
}

export interface IdleMemory {
  readonly threads: number;
  readonly residentBytes: Spread;
}

export interface HeldBytes {
  /** Of the whole process, as the system sees it, garbage included. */
  readonly residentBytes: number;
  /** The same after a collection of the main thread's garbage. */
  readonly collectedBytes: number;
  /** JavaScript objects of the main thread, after a collection. */
  readonly heapBytes: number;
  /** Buffers of the main thread, outside its heap, after a collection: the socket's chunks with the bodies. */
  readonly bufferBytes: number;
}

export interface WaitingMemory extends HeldBytes {
  readonly messages: number;
}

const QUEUE = 'benchmark.memory';
const PROBE = new URL('../../../benchmark/memory-probe.js', import.meta.url).href;

/** Undefined where there is no /proc. */
export async function measureMemory(options: MemoryOptions): Promise<Memory | undefined> {
  const { threadCounts = [2, 4, 8], waitingCounts = [20_000, 40_000, 60_000], bodyBytes = 1000, rounds } = options;
  const idle: IdleMemory[] = [];
  for (const threads of threadCounts) {
    const figures: number[] = [];
    for (let round = 0; round < rounds; round++) {
      const bytes = await measureIdle(options.url, threads);
      if (bytes === undefined) return undefined;
      figures.push(bytes);
    }
    idle.push({ threads, residentBytes: spreadOf(figures) });
  }
  const waiting: WaitingMemory[] = [];
  for (const messages of waitingCounts) waiting.push(await measureWaiting(options, messages, bodyBytes));
  const perThousand = (of: (held: HeldBytes) => number): number =>
    slopeOf(waiting.map((held) => ({ x: held.messages / 1000, y: of(held) })));
  return {
    idle,
    perThreadBytes: slopeOf(idle.map(({ threads, residentBytes }) => ({ x: threads, y: residentBytes.median }))),
    waiting,
    bodyBytes,
    perThousandWaiting: {
      residentBytes: perThousand(({ residentBytes }) => residentBytes),
      collectedBytes: perThousand(({ collectedBytes }) => collectedBytes),
      heapBytes: perThousand(({ heapBytes }) => heapBytes),
      bufferBytes: perThousand(({ bufferBytes }) => bufferBytes),
    },
  };
}

async function measureIdle(url: string, threads: number): Promise<number | undefined> {
  return inRoundFolder(async (folder) => {
    const daemon = await startDaemon({ url, queue: QUEUE, folder, consumer: 'holds', threads });
    try {
      await daemon.ready();
      return await settledResidentBytes(daemon);
    } finally {
      await daemon.stop();
    }
  });
}

/** One thread, one instance that never ends, and a prefetch that brings all of the queue. */
async function measureWaiting(options: MemoryOptions, messages: number, bodyBytes: number): Promise<WaitingMemory> {
  const { url, stockroom, gauge } = options;
  await stockroom.remove(QUEUE);
  await stockroom.stock({ queue: QUEUE, messages, bodyBytes });
  return inRoundFolder(async (folder) => {
    const file = join(folder, 'memory.json');
    const daemon = await startDaemon({
      url,
      queue: QUEUE,
      folder,
      consumer: 'holds',
      threads: 1,
      prefetch: messages + 1,
      env: { BENCHMARK_MEMORY: file },
      nodeFlags: ['--import', PROBE],
    });
    try {
      await daemon.ready();
      await gauge.untilDelivered(QUEUE);
      const residentBytes = (await settledResidentBytes(daemon)) ?? Number.NaN;
      daemon.signal('SIGUSR2');
      const result = parseRecord(await daemon.written(file));
      return {
        messages,
        residentBytes,
        collectedBytes: Number(result?.['rss']),
        heapBytes: Number(result?.['heapUsed']),
        bufferBytes: Number(result?.['arrayBuffers']),
      };
    } finally {
      // Not in good order: of messages that are given back one by one the broker would sort each into its queue.
      daemon.signal('SIGKILL');
      await daemon.stop();
      await stockroom.remove(QUEUE);
    }
  });
}

/** Lines of a table. */
export function formatMemory(memory: Memory | undefined): string[] {
  if (memory === undefined) return ['memory: unknown, there is no /proc here'];
  const { idle, perThreadBytes, waiting, bodyBytes, perThousandWaiting: each } = memory;
  return [
    'resident memory of the daemon',
    ...idle.map(({ threads, residentBytes }) => row(`idle, ${threads} threads`, mebibytes(residentBytes.median))),
    row('each further thread', `${mebibytes(perThreadBytes)}: a runtime of its own, with the modules it loads`),
    ...waiting.map((held) => row(`${held.messages} messages wait`, parts(held))),
    row(`each 1000 of ${bodyBytes} bytes`, parts(each)),
    'heap, buffers: of the main thread after a collection. Heap: a delivery and its properties for each message.',
    'Buffers: the bodies, as views into what the socket read. The rest is the young generation, grown to its bound.',
  ];
}

function parts({ residentBytes, collectedBytes, heapBytes, bufferBytes }: HeldBytes): string {
  const [resident, collected, heap, buffers] = [residentBytes, collectedBytes, heapBytes, bufferBytes].map(mebibytes);
  return `${resident} resident, ${collected} after a collection: heap ${heap}, buffers ${buffers}`;
}

function row(name: string, text: string): string {
  return `  ${name.padEnd(26)} ${text}`;
}

function mebibytes(bytes: number): string {
  return `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
}
