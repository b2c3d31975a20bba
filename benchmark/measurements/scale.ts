import type { Measurement } from '../measurement.js';
import type { Stockroom } from '../stockroom.js';
import { type ManyMessages, measureManyMessages } from './many-messages.js';
import { type ManyPlaces, measureManyPlaces } from './many-places.js';

interface ScaleOptions {
  readonly url: string;
  readonly stockroom: Stockroom;
  /** Default 200. */
  readonly queues?: number;
  /** Default 100. */
  readonly messagesPerQueue?: number;
  /** Default 64. */
  readonly threads?: number;
  /** Default 100. */
  readonly messagesPerThread?: number;
  /** Through one consumer. */
  readonly messages: number;
}

/** The daemon far from its usual size. */
interface Scale {
  /** Many queues, with an entry and one instance each, on two threads. */
  readonly queues: ManyPlaces;
  /** Many threads, with an instance each, on one queue. */
  readonly threads: ManyPlaces;
  readonly messages: ManyMessages;
}

const FEW_THREADS = 2;
const MESSAGES = 1_000_000;

/** Many queues, then many threads, then many messages. */
async function measureScale(options: ScaleOptions): Promise<Scale> {
  const { url, stockroom, messages } = options;
  const { queues = 200, messagesPerQueue = 100, threads = 64, messagesPerThread = 100 } = options;
  const common = { url, stockroom };
  return {
    queues: await measureManyPlaces({ ...common, queues, threads: FEW_THREADS, instances: 1, messagesPerQueue }),
    threads: await measureManyPlaces({
      ...common,
      queues: 1,
      threads,
      instances: threads,
      messagesPerQueue: threads * messagesPerThread,
    }),
    messages: await measureManyMessages({ ...common, messages }),
  };
}

export const scale: Measurement = {
  id: 'scale',
  title: 'scale: many queues, many threads, many messages',
  measure: async ({ url, stockroom, messages }) => {
    const figures = await measureScale({ url, stockroom, messages: Math.min(MESSAGES, messages) });
    return { figures, lines: formatScale(figures) };
  },
};

function formatScale({ queues, threads, messages }: Scale): string[] {
  const { mainShare, processShare, lastToMedian, tenths, bodyBytes } = messages;
  return [
    ...[queues, threads].map(formatPlaces),
    `${messages.messages} messages of ${bodyBytes} bytes through one consumer, in tenths`,
    `  messages/s      ${cells(tenths.map(({ messagesPerSecond }) => messagesPerSecond))}`,
    `  cpu, µs each    ${cells(tenths.map(({ cpuMicroseconds }) => cpuMicroseconds))}`,
    `  resident, MiB   ${cells(tenths.map(({ residentBytes }) => residentBytes / 1024 / 1024))}`,
    `  the last tenth to the median one ${lastToMedian.toFixed(2)}`,
    `  cores: main thread ${mainShare === undefined ? 'unknown' : mainShare.toFixed(2)}, all threads ${processShare.toFixed(2)}`,
  ];
}

function cells(figures: readonly number[]): string {
  return figures.map((figure) => figure.toFixed(0).padStart(7)).join('');
}

function formatPlaces(places: ManyPlaces): string {
  const { queues, threads, instances, readyMs, residentBytes, messages, handledMs } = places;
  const memory = residentBytes === undefined ? 'unknown' : `${(residentBytes / 1024 / 1024).toFixed(0)} MiB`;
  const size = `${queues} ${queues === 1 ? 'queue' : 'queues'}, ${threads} threads, ${queues * instances} instances`;
  return `${size}: ready in ${readyMs.toFixed(0)} ms, ${memory}, ${messages} messages of 10 ms in ${handledMs.toFixed(0)} ms`;
}
