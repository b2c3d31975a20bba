import {
  type ContestantFigures,
  contestantOf,
  type ResultsFile,
  type WorkloadFigures,
  workloadOf,
} from '../results-file.js';
import { type Bar, barPanel } from './bar-panel.js';
import { drawPage, type Shade } from './svg-page.js';

/** The charts of the workloads. */

/** The daemon next to all contestants, in the workload in which all take part. */
export function drawContestants(results: ResultsFile): string {
  const workload = workloadOf(results, 'acks-100');
  const { target } = workload;
  const bars = workload.contestants.map((contestant): Bar => {
    const { name, ratio } = contestant;
    return {
      ...rowOf(contestant),
      label: name,
      parts: [{ value: ratio.median, shade: shadeOf(contestant) }],
      whisker: ratio,
      target: isDaemon(contestant) ? target?.ratio : undefined,
      words: ratio.median.toFixed(2),
    };
  });
  return drawPage({
    label: 'Messages per second of every contestant as a ratio to plain amqplib, acks-100',
    panels: [
      barPanel({
        title: 'Messages per second, as a ratio to plain amqplib',
        axis: 'median of the rounds; whiskers: lowest and highest round; red: the target',
        bars,
        reference: 1,
        wordsWidth: 60,
      }),
    ],
  });
}

/** The daemon in every workload, against its target. */
export function drawWorkloads({ workloads }: ResultsFile): string {
  const bars = workloads.map((workload): Bar => {
    const { ratio } = contestantOf(workload, 'daemon');
    const { target } = workload;
    return {
      label: labelOf(workload),
      parts: [{ value: ratio.median, shade: 'own' }],
      whisker: ratio,
      target: target?.ratio,
      words: target === undefined ? ratio.median.toFixed(2) : `${ratio.median.toFixed(2)}, target ${target.ratio}`,
    };
  });
  return drawPage({
    label: 'The ratio of the daemon to its baseline in every workload, and its target',
    panels: [
      barPanel({
        title: 'The daemon in every workload, as a ratio to its baseline',
        axis: 'median of the rounds; whiskers: lowest and highest round; red: the target',
        bars,
        reference: 1,
      }),
    ],
  });
}

/** Processor time per message of each contestant. */
export function drawProcessorTime(results: ResultsFile): string {
  const bars = workloadOf(results, 'acks-100').contestants.map((contestant): Bar => {
    const { name, cpuMicroseconds, mainCpuMicroseconds } = contestant;
    const whole = cpuMicroseconds.median;
    // Counted in ticks of 10 ms, the main thread's time can come out above the whole's.
    const main = Math.min(whole, mainCpuMicroseconds?.median ?? 0);
    const own = isDaemon(contestant);
    return {
      ...rowOf(contestant),
      label: name,
      parts: [
        { value: main, shade: own ? 'own' : 'grey' },
        { value: whole - main, shade: own ? 'pale' : 'faint' },
      ],
      words: `${whole.toFixed(1)} µs`,
    };
  });
  return drawPage({
    label: 'Processor time of each message, acks-100',
    panels: [
      barPanel({
        title: 'Processor time of each message',
        axis: 'µs; strong: the main thread (of Celery: the parent process), pale: all others',
        bars,
        wordsWidth: 80,
      }),
    ],
  });
}

function rowOf(contestant: ContestantFigures): Pick<Bar, 'strong'> {
  return { strong: isDaemon(contestant) };
}

function shadeOf(contestant: ContestantFigures): Shade {
  return isDaemon(contestant) ? 'own' : 'grey';
}

function isDaemon({ id }: ContestantFigures): boolean {
  return id === 'daemon';
}

function labelOf({ id, baseline }: WorkloadFigures): string {
  return typeof baseline === 'number' ? `${id}, to the ideal` : id;
}
