import type { SoakRecord } from './soak-record.js';
import type { SoakVerdict } from './soak-verdict.js';

const FAULT_WIDTH = 32;
/** Longer lists would fill the screen. What has grown is always shown. */
const SHOWN =
  /^(handle .*|.* listeners|AbortSignal|AbortSignal followers|Promise|Timeout|Socket|MessagePort|amqplib Ch\w+|WorkerSession|ClaimTable\.deliveries|Subscription|Acknowledger|OpenTags\.(tags|early)|Map and Set entries|Function)$/;

/** The whole run as text. */
export function formatSoak(record: SoakRecord, verdict: SoakVerdict): string {
  const { faults, messages, perSecond, medianRate, problems } = verdict;
  const seconds = Math.round((record.to - record.from) / 1000);
  return [
    '',
    `${seconds} s, ${record.strikes.length} faults, seed ${record.seed}`,
    '',
    row('fault', 'times', 'duplicates', 'longest silence'),
    ...faults.map(({ name, times, duplicates, longestSilence }) =>
      row(name, String(times), String(duplicates), `${(longestSilence / 1000).toFixed(2)} s`),
    ),
    'longest silence: the longest time around the fault in which one of the four queues brought nothing.',
    '',
    row('messages', 'count'),
    row('confirmed to the load', String(messages.confirmed)),
    row('confirmed to the daemon', String(messages.onward)),
    row('consumed', String(messages.consumed)),
    row('duplicates', String(messages.duplicates), `(at most ${messages.allowedDuplicates})`),
    row('lost', String(messages.lost)),
    row('per second', String(medianRate), `(highest ${Math.max(...perSecond)})`),
    '',
    ...memoryRows(record),
    ...trendRows(verdict),
    '',
    ...observedRows(record),
    '',
    row('on the main thread, when quiet', 'start', 'end'),
    ...censusRows(record, verdict),
    '',
    ...(record.census.holders.length === 0 ? [] : ['held by:', ...record.census.holders, '']),
    ...(problems.length === 0 ? ['Clean: nothing was lost, and nothing has grown.'] : ['NOT clean:', ...problems]),
  ].join('\n');
}

function memoryRows({ memory: { halves } }: SoakRecord): string[] {
  if (halves === undefined) return [row('resident memory', 'unknown')];
  const { firstBytes, secondBytes, ratio } = halves;
  const change = `(${ratio >= 1 ? '+' : ''}${((ratio - 1) * 100).toFixed(1)} %)`;
  return [
    row('resident memory, median', 'MiB'),
    row('first half after the warm-up', mebibytes(firstBytes)),
    row('second half', mebibytes(secondBytes), change),
  ];
}

function trendRows({ trends }: SoakVerdict): string[] {
  if (trends.length === 0) return [];
  return [
    '',
    row('memory by its lows, MiB', 'start', 'end', 'verdict'),
    ...trends.map(({ name, startBytes, endBytes, isFlat }) =>
      row(name, mebibytes(startBytes), mebibytes(endBytes), isFlat ? 'flat' : 'NOT flat'),
    ),
  ];
}

function observedRows({ observed: { scrapes, events } }: SoakRecord): string[] {
  return [row('scrapes', String(scrapes)), row('events of the console', String(events ?? 'no console'))];
}

function censusRows({ census: { before, after } }: SoakRecord, { growth }: SoakVerdict): string[] {
  const grown = new Set(growth.map(({ name }) => name));
  const names = Object.keys({ ...before, ...after }).filter((name) => SHOWN.test(name) || grown.has(name));
  return names.map((name) => {
    const cells = [String(before[name] ?? 0), String(after[name] ?? 0), ...(grown.has(name) ? ['grown'] : [])];
    return row(name, ...cells);
  });
}

function row(name: string, ...cells: readonly string[]): string {
  return (name.padEnd(FAULT_WIDTH) + cells.map((cell) => cell.padStart(16)).join('')).trimEnd();
}

function mebibytes(bytes: number): string {
  return (bytes / 1024 / 1024).toFixed(1);
}
