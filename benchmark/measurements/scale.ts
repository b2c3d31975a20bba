import type { QueueAdmin } from '../broker/queue-admin.js';
import { formatFigure, formatMebibytes, formatTable } from '../results/text-table.js';
import { type ManyInstances, measureManyInstances } from './many-instances.js';
import { type ManyMessages, measureManyMessages, type Tenth } from './many-messages.js';
import type { Measurement } from './measurement.js';

interface ScaleOptions {
  readonly url: string;
  readonly queueAdmin: QueueAdmin;
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

/** The daemon at unusual sizes. */
interface Scale {
  /** Many queues, with an entry and one instance each, on two threads. */
  readonly queues: ManyInstances;
  /** Many threads, with an instance each, on one queue. */
  readonly threads: ManyInstances;
  readonly messages: ManyMessages;
}

const FEW_THREADS = 2;
const MESSAGES = 1_000_000;

/** Many queues, then many threads, then many messages. */
async function measureScale(options: ScaleOptions): Promise<Scale> {
  const { url, queueAdmin, messages } = options;
  const { queues = 200, messagesPerQueue = 100, threads = 64, messagesPerThread = 100 } = options;
  const common = { url, queueAdmin };
  return {
    queues: await measureManyInstances({ ...common, queues, threads: FEW_THREADS, instances: 1, messagesPerQueue }),
    threads: await measureManyInstances({
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
  measure: async ({ url, queueAdmin, messages }) => {
    const figures = await measureScale({ url, queueAdmin, messages: Math.min(MESSAGES, messages) });
    return { figures, lines: formatScale(figures) };
  },
};

function formatScale({ queues, threads, messages }: Scale): string[] {
  const { mainShare, processShare, lastToMedian, tenths, bodyBytes } = messages;
  const tenthCells = (of: (tenth: Tenth) => string): string[] => tenths.map(of);
  return [
    'messages of 10 ms, on empty queues; handled: from the first publish to the last ack',
    ...formatTable([
      ['', 'ready ms', 'MiB', 'messages', 'handled ms'],
      ...[queues, threads].map((size) => [
        `${size.queues} ${size.queues === 1 ? 'queue' : 'queues'}, ${size.threads} threads, ${size.queues * size.instances} instances`,
        formatFigure(size.readyMs),
        formatMebibytes(size.residentBytes, 0),
        formatFigure(size.messages),
        formatFigure(size.handledMs),
      ]),
    ]),
    '',
    `${formatFigure(messages.messages)} messages of ${bodyBytes} bytes through one consumer, published meanwhile; in tenths`,
    ...formatTable([
      ['messages/s', ...tenthCells(({ messagesPerSecond }) => formatFigure(messagesPerSecond))],
      ['cpu µs', ...tenthCells(({ cpuMicroseconds }) => formatFigure(cpuMicroseconds, 1))],
      ['resident MiB', ...tenthCells(({ residentBytes }) => formatMebibytes(residentBytes))],
    ]),
    `the last tenth to the median one ${lastToMedian.toFixed(2)}`,
    `cores in use: main thread ${mainShare?.toFixed(2) ?? '?'}, all threads ${processShare.toFixed(2)}`,
  ];
}
