import type { ContestantResult, Results, WorkloadResult } from './results.js';
import { formatFigure, formatTable } from './text-table.js';

/** The results as text tables. */
export function formatResults({ machine, rounds, workloads, measurements }: Results): string {
  const { cores, processor, system, node, broker } = machine;
  return [
    '',
    `${cores} cores (${processor}), ${system}, Node.js ${node}, ${broker} on the same machine; ${rounds} ${rounds === 1 ? 'round' : 'rounds'}`,
    ...workloads.flatMap(formatWorkload),
    ...(workloads.length > 0 ? LEGEND : []),
    ...measurements.flatMap(({ title, lines }) => ['', title, ...lines]),
  ].join('\n');
}

const LEGEND = [
  '',
  'messages/s, ratio, cpu, main: medians of the rounds. ratio: to the baseline, in the same round or slice.',
  'cpu: processor time of the whole process for each message; main: of its main thread alone. Neither includes waiting.',
];

function formatWorkload(result: WorkloadResult): string[] {
  const { id, title, bodyBytes, messages, slices, warmUp, contestants, leftOut } = result;
  return [
    '',
    `${id}: ${title}`,
    `${slices === undefined ? '' : `${slices} slices a round of `}${formatFigure(messages)} messages of ${formatFigure(bodyBytes)} bytes after a warm-up of ${formatFigure(warmUp)}; ${formatAim(result)}`,
    ...formatTable([
      ['contestant', 'messages/s', 'lowest', 'highest', 'ratio', 'lowest', 'highest', 'cpu µs', 'main µs', 'verdict'],
      ...contestants.map(cellsOf),
    ]),
    ...leftOut.map(({ name, why }) => `${name}: left out, ${why}`),
  ];
}

function formatAim({ baseline, contestants, target }: WorkloadResult): string {
  const base = contestants.find(({ id }) => id === baseline)?.name ?? `${baseline} messages/s`;
  if (target === undefined) return `baseline ${base}`;
  const { ratio, stretch } = target;
  return `target ${ratio} x ${base}${stretch === undefined ? '' : `, stretch ${stretch}`}`;
}

function cellsOf(result: ContestantResult): string[] {
  const { name, rate, ratio, cpuMicroseconds, mainCpuMicroseconds, verdict = '' } = result;
  return [
    name,
    ...[rate.median, rate.lowest, rate.highest].map((figure) => formatFigure(figure)),
    ...[ratio.median, ratio.lowest, ratio.highest].map((figure) => figure.toFixed(2)),
    formatFigure(cpuMicroseconds.median, 1),
    mainCpuMicroseconds === undefined ? '?' : formatFigure(mainCpuMicroseconds.median, 1),
    verdict,
  ];
}
