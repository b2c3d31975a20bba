import { formatFigure } from '../results/text-table.js';
import type { Parts } from './generated-parts.js';
import { markdownTable } from './markdown-table.js';
import { contestantOf, type ResultsFile, type WorkloadFigures, workloadOf } from './results-file.js';
import { formatRatio } from './words.js';

/** The parts of docs/performance.md about the workloads. */
export function throughputParts(results: ResultsFile): Parts {
  return {
    contestants: contestantTable(workloadOf(results, 'acks-100')),
    'processor-time': processorTimeTable(workloadOf(results, 'acks-100')),
    workloads: workloadTable(results),
    computes: contestantTable(workloadOf(results, 'computes')),
    observed: observedTable(results),
    'every-figure': everyFigure(results),
  };
}

function contestantTable(workload: WorkloadFigures): string {
  const rows = workload.contestants.map(({ name, rate, ratio }) => [
    name,
    formatFigure(rate.median),
    `${formatFigure(rate.lowest)} to ${formatFigure(rate.highest)}`,
    formatRatio(ratio),
  ]);
  const head = ['contestant', 'messages/s', 'lowest to highest', 'ratio (lowest to highest)'];
  return [
    sizeOf(workload),
    markdownTable(head, rows),
    ...workload.leftOut.map(({ name, why }) => `${name} was left out: ${why}.`),
  ].join('\n\n');
}

function sizeOf({ id, title, messages, slices, bodyBytes, warmUp, target }: WorkloadFigures): string {
  const stretch = target?.stretch === undefined ? '' : ` (better: ${target.stretch})`;
  const aim = target === undefined ? '' : ` The daemon's target: ${target.ratio}${stretch}.`;
  return `\`${id}\`: ${title}; ${formatFigure(messages)} messages of ${formatFigure(bodyBytes)} bytes in ${slices === undefined ? 'a round' : `each of the ${slices} slices of a round`}, after ${formatFigure(warmUp)} to warm up.${aim}`;
}

function processorTimeTable({ contestants }: WorkloadFigures): string {
  const rows = contestants.map(({ name, cpuMicroseconds: whole, mainCpuMicroseconds: main }) => [
    name,
    whole.median.toFixed(1),
    `${whole.lowest.toFixed(1)} to ${whole.highest.toFixed(1)}`,
    main?.median.toFixed(1) ?? 'unknown',
  ]);
  return markdownTable(['contestant', 'µs each message', 'lowest to highest', 'of it the main thread'], rows);
}

/** A results file of before this workload existed has none. */
function observedTable({ workloads }: ResultsFile): string {
  const workload = workloads.find(({ id }) => id === 'observed');
  if (workload === undefined) return 'Not measured in this run.';
  const rows = workload.contestants.map(({ name, rate, ratio, cpuMicroseconds: whole, mainCpuMicroseconds: main }) => [
    name,
    formatFigure(rate.median),
    formatRatio(ratio),
    whole.median.toFixed(1),
    main?.median.toFixed(1) ?? 'unknown',
  ]);
  const head = ['contestant', 'messages/s', 'ratio (lowest to highest)', 'cpu µs each message', 'main thread µs'];
  return [sizeOf(workload), markdownTable(head, rows)].join('\n\n');
}

function workloadTable({ workloads }: ResultsFile): string {
  const rows = workloads.map((workload) => {
    const { id, title, baseline, target } = workload;
    const { rate, ratio, verdict = '' } = contestantOf(workload, 'daemon');
    const base = typeof baseline === 'number' ? baseline : contestantOf(workload, baseline).rate.median;
    const aim = [target?.ratio, target?.stretch].filter((figure) => figure !== undefined).join(', better ');
    return [`\`${id}\``, title, formatFigure(base), formatFigure(rate.median), formatRatio(ratio), aim, verdict];
  });
  return markdownTable(
    [
      'workload',
      'what',
      'baseline, messages/s',
      'daemon, messages/s',
      'ratio (lowest to highest)',
      'target',
      'verdict',
    ],
    rows,
  );
}

function everyFigure({ workloads }: ResultsFile): string {
  const rows = workloads.flatMap(({ id, contestants }) =>
    contestants.map(({ name, rate, ratio, cpuMicroseconds, mainCpuMicroseconds }) => [
      `\`${id}\``,
      name,
      formatFigure(rate.median),
      formatRatio(ratio),
      formatFigure(cpuMicroseconds.median, 1),
      mainCpuMicroseconds === undefined ? 'unknown' : formatFigure(mainCpuMicroseconds.median, 1),
    ]),
  );
  return markdownTable(
    ['workload', 'contestant', 'messages/s', 'ratio (lowest to highest)', 'cpu µs', 'main thread µs'],
    rows,
  );
}
