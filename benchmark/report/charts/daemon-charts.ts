import { formatMebibytes } from '../../results/text-table.js';
import type { ResultsFile } from '../results-file.js';
import { type Bar, barPanel } from './bar-panel.js';
import { linePanel } from './line-panel.js';
import { drawPage } from './svg-page.js';

/** The charts of the measurements other than the workloads. */

/** Publish to ack, plain amqplib beside the daemon. */
export function drawLatency({ measurements: { latency } }: ResultsFile): string {
  const bars = (['p50', 'p99'] as const).flatMap((part): Bar[] => {
    const words = part === 'p50' ? 'half of them' : '99 of 100';
    return (['plain', 'daemon'] as const).map((who) => {
      const spread = latency[who][part];
      const own = who === 'daemon';
      return {
        label: `${words}, ${own ? 'daemon' : 'plain amqplib'}`,
        parts: [{ value: spread.median, shade: own ? 'own' : 'grey' }],
        whisker: spread,
        words: `${spread.median.toFixed(2)} ms`,
        strong: own,
      };
    });
  });
  return drawPage({
    label: 'Time from a publish to its ack at percentiles 50 and 99',
    panels: [
      barPanel({
        title: `Time from a publish to its ack, ${latency.perSecond} messages a second`,
        axis: 'ms within which the ack has passed; median of the rounds; whiskers: lowest and highest round',
        bars,
        wordsWidth: 80,
      }),
    ],
  });
}

/** Memory and start-up time of the daemon before its first message. */
export function drawIdle({ measurements }: ResultsFile): string {
  const memory = measurements.memory.idle.map(({ threads, residentBytes }): Bar => {
    const { median, lowest, highest } = residentBytes;
    const [value, low, high] = [toMebibytes(median), toMebibytes(lowest), toMebibytes(highest)];
    return {
      label: threadsOf(threads),
      parts: [{ value, shade: 'own' }],
      whisker: { lowest: low, highest: high },
      words: `${formatMebibytes(median, 0)} MiB`,
    };
  });
  const startUp = measurements['start-up'].map(
    ({ threads, readyMs, stages }): Bar => ({
      label: threadsOf(threads),
      parts: [
        { value: stages.load.median, shade: 'grey' },
        { value: stages.threads.median, shade: 'own' },
        { value: stages.connect.median, shade: 'pale' },
        { value: stages.subscribe.median, shade: 'warm' },
      ],
      words: `${readyMs.median.toFixed(0)} ms`,
    }),
  );
  const widths = { labelWidth: 90, wordsWidth: 80 };
  return drawPage({
    label: 'Resident memory of the idle daemon, and its start-up by stages',
    panels: [
      barPanel({ title: 'Resident memory of the idle daemon', axis: 'MiB', bars: memory, ...widths }),
      barPanel({
        title: 'From the spawn to ready',
        axis: 'ms',
        key: [
          { shade: 'grey', words: 'Node.js, modules' },
          { shade: 'own', words: 'threads' },
          { shade: 'pale', words: 'connection' },
          { shade: 'warm', words: 'subscriptions' },
        ],
        bars: startUp,
        ...widths,
      }),
    ],
  });
}

/** Many messages through one consumer: neither slower nor larger towards the end. */
export function drawManyMessages({ measurements }: ResultsFile): string {
  const { messages, tenths } = measurements.scale.messages;
  const labels = tenths.map((_, index) => String(index + 1));
  const axis = `each tenth of ${messages.toLocaleString('en-US')} messages`;
  const rates = tenths.map(({ messagesPerSecond }) => messagesPerSecond);
  const memory = tenths.map(({ residentBytes }) => toMebibytes(residentBytes));
  return drawPage({
    label: 'Rate and resident memory in each tenth of many messages',
    panels: [
      linePanel({ title: 'Messages per second', values: rates, labels, axis }),
      linePanel({ title: 'Resident memory at its end, MiB', values: memory, labels, axis }),
    ],
  });
}

function threadsOf(threads: number): string {
  return `${threads} ${threads === 1 ? 'thread' : 'threads'}`;
}

function toMebibytes(bytes: number): number {
  return bytes / 1024 / 1024;
}
