import type { ContestantResult, Results, WorkloadResult } from './results.js';

/** The results for people, as tables of text. */
export function formatResults({ machine, rounds, workloads, measurements }: Results): string {
  const { cores, processor, system, node, broker } = machine;
  return [
    '',
    `${cores} cores (${processor}), ${system}, Node.js ${node}, ${broker} on the same machine; ${rounds} ${rounds === 1 ? 'round' : 'rounds'}`,
    ...workloads.flatMap(formatWorkload),
    ...(workloads.length > 0 ? LEGEND : []),
    ...measurements.flatMap(({ title, lines }) => ['', title, ...lines.map((line) => `  ${line}`)]),
  ].join('\n');
}

const LEGEND = [
  '',
  'messages/s, ratio, cpu: medians of the rounds. ratio: to the baseline, in the same round.',
  'cpu: processor time of the whole process for each message, and main: that of its main thread alone; what a thread',
  'waits for the broker is in neither.',
];

function formatWorkload(result: WorkloadResult): string[] {
  const { id, title, bodyBytes, messages, warmUp, contestants, leftOut } = result;
  return [
    '',
    `${id}: ${title}`,
    `${messages} messages of ${bodyBytes} bytes after a warm-up of ${warmUp}; ${formatAim(result)}`,
    row('contestant', 'messages/s', 'lowest', 'highest', 'ratio', 'lowest', 'highest', 'cpu µs', 'main µs'),
    ...contestants.map(formatContestant),
    ...leftOut.map(({ name, why }) => `${name}: left out, ${why}`),
  ];
}

function formatAim({ baseline, contestants, target }: WorkloadResult): string {
  const base = contestants.find(({ id }) => id === baseline)?.name ?? `${baseline} messages/s`;
  if (target === undefined) return `baseline ${base}`;
  const { ratio, stretch } = target;
  return `target ${ratio} x ${base}${stretch === undefined ? '' : `, stretch ${stretch}`}`;
}

function formatContestant({
  name,
  rate,
  ratio,
  cpuMicroseconds,
  mainCpuMicroseconds,
  verdict,
}: ContestantResult): string {
  const cells = row(
    name,
    ...[rate.median, rate.lowest, rate.highest].map((figure) => figure.toFixed(0)),
    ...[ratio.median, ratio.lowest, ratio.highest].map((figure) => figure.toFixed(2)),
    cpuMicroseconds.median.toFixed(1),
    mainCpuMicroseconds?.median.toFixed(1) ?? '?',
  );
  return verdict === undefined ? cells : `${cells}  ${verdict}`;
}

function row(name: string, ...cells: readonly string[]): string {
  return name.padEnd(28) + cells.map((cell) => cell.padStart(11)).join('');
}
