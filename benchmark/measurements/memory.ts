import { join } from 'node:path';
import { parseRecord } from '../../test/support/json-record.js';
import type { QueueAdmin } from '../broker/queue-admin.js';
import { QueueGauge } from '../broker/queue-gauge.js';
import { startDaemon } from '../processes/daemon-process.js';
import { settledResidentBytes } from '../processes/resident-memory.js';
import { inRoundFolder } from '../processes/round-folder.js';
import { slopeOf } from '../statistics/slope.js';
import { spreadOf } from '../statistics/spread.js';
import type { Measurement } from './measurement.js';
import { formatMemory, type HeldBytes, type IdleMemory, type Memory, type WaitingMemory } from './memory-held.js';

interface MemoryOptions {
  readonly url: string;
  readonly queueAdmin: QueueAdmin;
  readonly gauge: QueueGauge;
  readonly rounds: number;
  /** Threads of the idle daemon. Default 2, 4 and 8. */
  readonly threadCounts?: readonly number[];
  /**
   * Waiting messages, at most 65,534; default 20,000, 40,000 and 60,000. Zero would distort the slope, because the first
   * thousands fill the young generation, which stays.
   */
  readonly waitingCounts?: readonly number[];
  /** Default 1000. */
  readonly bodyBytes?: number;
}

const QUEUE = 'benchmark.memory';
const PROBE = new URL('../../../benchmark/probes/memory-probe.js', import.meta.url).href;

/** Undefined where there is no /proc. */
async function measureMemory(options: MemoryOptions): Promise<Memory | undefined> {
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

/** One thread with one instance that never ends, and a prefetch that covers the whole queue. */
async function measureWaiting(options: MemoryOptions, messages: number, bodyBytes: number): Promise<WaitingMemory> {
  const { url, queueAdmin, gauge } = options;
  await queueAdmin.delete(QUEUE);
  await queueAdmin.create({ queue: QUEUE, messages, bodyBytes });
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
      // Not gracefully: the broker would sort each message back into its queue one by one.
      daemon.signal('SIGKILL');
      await daemon.stop();
      await queueAdmin.delete(QUEUE);
    }
  });
}

export const memory: Measurement = {
  id: 'memory',
  title: 'resident memory of the daemon',
  measure: async ({ url, queueAdmin, rounds }) => {
    const figures = await QueueGauge.during(url, async (gauge) => measureMemory({ url, queueAdmin, gauge, rounds }));
    return figures === undefined
      ? { figures: {}, lines: ['unknown: there is no /proc here'] }
      : { figures, lines: formatMemory(figures) };
  },
};
