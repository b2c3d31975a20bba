import { availableParallelism, cpus, release, type } from 'node:os';
import type { IdleDaemon } from './measurements/idle-daemon.js';
import type { LoopDelay } from './measurements/loop-delay.js';
import type { Throughput } from './measurements/throughput.js';

/** What the figures were measured on; without it they mean nothing. */
export interface Machine {
  readonly cores: number;
  readonly processor: string;
  readonly system: string;
  readonly node: string;
  readonly broker: string;
}

export interface Results {
  readonly date: string;
  readonly machine: Machine;
  readonly workload: {
    readonly messages: number;
    readonly warmUp: number;
    readonly bodyBytes: number;
    readonly prefetch: number;
    readonly rounds: number;
  };
  readonly throughput: readonly Throughput[];
  readonly idle: IdleDaemon;
  readonly loopDelay: { readonly threads: number; readonly idle: LoopDelay; readonly computing: LoopDelay };
}

export function describeMachine(broker: string): Machine {
  const processor = cpus()[0]?.model ?? 'unknown processor';
  return {
    cores: availableParallelism(),
    processor,
    system: `${type()} ${release()}`,
    node: process.version,
    broker,
  };
}

export function formatResults({ machine, workload, throughput, idle, loopDelay }: Results): string {
  const { cores, processor, system, node, broker } = machine;
  const { messages, warmUp, bodyBytes, prefetch, rounds } = workload;
  return [
    '',
    `${cores} cores (${processor}), ${system}, Node.js ${node}, ${broker} on the same machine`,
    `${rounds} rounds of ${messages} messages of ${bodyBytes} bytes after a warm-up of ${warmUp}, prefetch ${prefetch}, one consumer`,
    '',
    row('contestant', 'messages/s', 'lowest', 'highest', 'ratio', 'lowest', 'highest', 'cpu µs'),
    ...throughput.map(({ name, rate, ratio, cpuMicroseconds }) =>
      row(
        name,
        ...[rate.median, rate.lowest, rate.highest].map((figure) => figure.toFixed(0)),
        ...[ratio.median, ratio.lowest, ratio.highest].map((figure) => figure.toFixed(2)),
        cpuMicroseconds.median.toFixed(1),
      ),
    ),
    'messages/s, ratio, cpu: medians of the rounds. ratio: to the first line, in the same round.',
    'cpu: processor time of the whole process for each message; what a thread waits for the broker is not in it.',
    '',
    `idle daemon, ${idle.threads} threads`,
    `  start-up to ready      ${ms(idle.readyMs.median)}, of which the broker's part ${ms(idle.brokerMs.median)}`,
    `  resident memory        ${idle.residentBytes === undefined ? 'unknown: no /proc here' : mebibytes(idle.residentBytes.median)}`,
    '',
    `event-loop delay of the main thread, ${loopDelay.threads} threads`,
    `  none computes          ${formatDelay(loopDelay.idle)}`,
    `  every one computes     ${formatDelay(loopDelay.computing)}`,
  ].join('\n');
}

function row(name: string, ...cells: readonly string[]): string {
  return name.padEnd(26) + cells.map((cell) => cell.padStart(11)).join('');
}

function formatDelay({ p50, p99, max }: LoopDelay): string {
  return `p50 ${p50.toFixed(2)} ms   p99 ${p99.toFixed(2)} ms   max ${max.toFixed(2)} ms`;
}

function ms(figure: number): string {
  return `${figure.toFixed(0)} ms`;
}

function mebibytes(bytes: number): string {
  return `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
}
