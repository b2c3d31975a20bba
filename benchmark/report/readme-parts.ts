import { formatFigure, formatMebibytes } from '../results/text-table.js';
import type { Parts } from './generated-parts.js';
import { markdownTable } from './markdown-table.js';
import { type ContestantFigures, contestantOf, type ResultsFile, workloadOf } from './results-file.js';
import { describeRun, formatRatio } from './words.js';

/** The parts of README.md about the results: each claim with the section of its measurement. */
export function readmeParts(results: ResultsFile): Parts {
  const acks = workloadOf(results, 'acks-100');
  const [plain, daemon] = [contestantOf(acks, 'plain-amqplib'), contestantOf(acks, 'daemon')];
  const returns = contestantOf(workloadOf(results, 'returns-1'), 'daemon');
  const table = markdownTable(
    ['contestant', 'messages/s', 'ratio to plain amqplib (lowest to highest round)'],
    [
      row('plain amqplib, in process, ack each', plain),
      row('daemon, `await amqp.ack()`', daemon),
      row('daemon, `consume` returns without reply', returns),
    ],
  );
  return { speed: [describeRun(results), table, claimsOf(results, { plain, daemon }).join('\n')].join('\n\n') };
}

function row(name: string, { rate, ratio }: ContestantFigures): string[] {
  return [name, formatFigure(rate.median), formatRatio(ratio)];
}

interface Pair {
  readonly plain: ContestantFigures;
  readonly daemon: ContestantFigures;
}

function claimsOf({ measurements }: ResultsFile, { plain, daemon }: Pair): string[] {
  const { latency, memory, 'start-up': startUp, scale, 'loop-delay': delays } = measurements;
  const [ready] = startUp;
  const [idle] = memory.idle;
  const many = scale.messages;
  return [
    claim('Processor time', `a message costs ${costOf(daemon)} over all threads; plain amqplib takes ${costOf(plain)}`),
    claim(
      'Latency',
      `from publish to ack ${latency.daemon.p50.median.toFixed(2)} ms; plain amqplib ${latency.plain.p50.median.toFixed(2)} ms`,
    ),
    claim('Start-up', `\`ready\` after ${ready?.readyMs.median.toFixed(0) ?? '?'} ms, with one thread`),
    claim(
      'Memory',
      `${formatMebibytes(idle?.residentBytes.median, 0)} MiB idle with ${idle?.threads ?? '?'} threads, ${formatMebibytes(memory.perThreadBytes, 0)} MiB for each further one`,
    ),
    claim(
      'Many messages',
      `of ${formatFigure(many.messages)} messages, the last tenth ran at ${many.lastToMedian.toFixed(2)} times the speed of the median tenth`,
    ),
    claim(
      'Event-loop delay',
      `while every thread computes, the main thread is late by ${delays.computing.p99.toFixed(1)} ms at the 99th percentile; where the same jobs run in process, by ${delays.plain.p99.toFixed(0)} ms`,
    ),
  ];
}

function costOf({ cpuMicroseconds }: ContestantFigures): string {
  return `${cpuMicroseconds.median.toFixed(1)} µs`;
}

/** The section with the measurement. */
function claim(section: string, words: string): string {
  return `- [${section}](docs/performance.md#${section.toLowerCase().replaceAll(' ', '-')}): ${words}.`;
}
