import { formatFigure, formatMebibytes } from '../results/text-table.js';
import type { Parts } from './generated-parts.js';
import { markdownTable } from './markdown-table.js';
import type { HeldFigures, InstanceFigures, ResultsFile } from './results-file.js';
import { count, formatRatio } from './words.js';

type Measurements = ResultsFile['measurements'];

/** The parts of docs/performance.md about the measurements other than the workloads. */
export function daemonParts({ measurements }: ResultsFile): Parts {
  return {
    latency: latencyTable(measurements),
    'start-up': startUpTable(measurements),
    memory: memoryTable(measurements),
    scale: instancesTable(measurements),
    'many-messages': manyMessages(measurements),
    'loop-delay': loopDelayTable(measurements),
  };
}

function latencyTable({ latency }: Measurements): string {
  const { perSecond, bodyBytes, messages, plain, daemon, ratio } = latency;
  const rows = (['p50', 'p99'] as const).map((part) => [
    part,
    formatRatio(plain[part]),
    formatRatio(daemon[part]),
    formatRatio(ratio[part]),
  ]);
  return [
    `${perSecond} messages a second of ${bodyBytes} bytes, ${formatFigure(messages)} in each round; milliseconds, median (lowest to highest round).`,
    markdownTable(['percentile', 'plain amqplib', 'daemon, one thread', 'ratio, in the same round'], rows),
  ].join('\n\n');
}

function startUpTable({ 'start-up': startUp }: Measurements): string {
  const rows = startUp.map(({ threads, readyMs, brokerMs, stages }) => [
    String(threads),
    ...[readyMs, brokerMs, stages.load, stages.threads, stages.connect, stages.subscribe].map(({ median }) =>
      median.toFixed(0),
    ),
  ]);
  const head = [
    'threads',
    'to ready, ms',
    "the broker's part",
    'Node.js, modules',
    'threads',
    'connection',
    'subscriptions',
  ];
  return markdownTable(head, rows);
}

function memoryTable({ memory }: Measurements): string {
  const { idle, perThreadBytes, waiting, bodyBytes, perThousandWaiting: each } = memory;
  const idleRows = idle.map(({ threads, residentBytes }) => [
    `idle, ${count(threads, 'thread', 'threads')}`,
    formatMebibytes(residentBytes.median),
  ]);
  const rows = waiting.map((held) => [`${formatFigure(held.messages)} messages wait`, ...cellsOf(held)]);
  return markdownTable(
    ['MiB', 'resident', "main thread's heap", "main thread's buffers"],
    [
      ...idleRows,
      ['each further thread', formatMebibytes(perThreadBytes)],
      ...rows,
      [`each 1,000 waiting, ${formatFigure(bodyBytes)} bytes`, ...cellsOf(each)],
    ],
  );
}

function cellsOf({ residentBytes, heapBytes, bufferBytes }: HeldFigures): string[] {
  return [residentBytes, heapBytes, bufferBytes].map((bytes) => formatMebibytes(bytes));
}

function instancesTable({ scale: { queues, threads } }: Measurements): string {
  const head = [
    'daemon',
    'threads',
    'instances',
    'to ready, ms',
    'resident, MiB',
    'messages of 10 ms',
    'handled in, ms',
  ];
  return markdownTable(head, [rowOf(queues), rowOf(threads)]);
}

function rowOf(size: InstanceFigures): string[] {
  return [
    count(size.queues, 'queue', 'queues'),
    String(size.threads),
    String(size.queues * size.instances),
    formatFigure(size.readyMs),
    formatMebibytes(size.residentBytes, 0),
    formatFigure(size.messages),
    formatFigure(size.handledMs),
  ];
}

function manyMessages({ scale }: Measurements): string {
  const { messages, bodyBytes, tenths, lastToMedian, mainShare, processShare } = scale.messages;
  const rows = tenths.map(({ messagesPerSecond, cpuMicroseconds, residentBytes }, index) => [
    String(index + 1),
    formatFigure(messagesPerSecond),
    cpuMicroseconds.toFixed(1),
    formatMebibytes(residentBytes),
  ]);
  return [
    `${formatFigure(messages)} messages of ${bodyBytes} bytes: the last tenth is ${lastToMedian.toFixed(2)} times as fast as the median one. The main thread uses ${mainShare?.toFixed(2) ?? 'an unknown part'} of a core, all threads ${processShare.toFixed(2)}.`,
    markdownTable(['tenth', 'messages/s', 'cpu µs each', 'resident, MiB'], rows),
  ].join('\n\n');
}

function loopDelayTable({ 'loop-delay': delays }: Measurements): string {
  const { threads, idle, computing, crowded, crowdedAlike, plain } = delays;
  const who = [
    { name: `daemon, ${count(threads, 'thread', 'threads')}, none computes`, delay: idle },
    { name: `daemon, ${count(threads, 'thread', 'threads')}, every one computes`, delay: computing },
    { name: `daemon, ${count(crowded.threads, 'thread', 'threads')}, every one computes`, delay: crowded },
    { name: 'the same with `nice: 0`', delay: crowdedAlike },
    { name: 'plain amqplib, computes the same jobs', delay: plain },
  ];
  const rows = who.map(({ name, delay: { p50, p99, max } }) => [name, ...[p50, p99, max].map((ms) => ms.toFixed(2))]);
  return markdownTable(['milliseconds late', 'p50', 'p99', 'max'], rows);
}
