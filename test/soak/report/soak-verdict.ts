import { judge, type LedgerEntry } from '../../support/ledger/ledger-judge.js';
import { type Excess, excess } from '../census/census-tolerance.js';
import { IN_FLIGHT, QUEUES, queueIndexOf } from '../workload.js';
import { median } from './median.js';
import { type MemoryTrend, trendsOf } from './memory-trend.js';
import type { SoakRecord, StruckFault } from './soak-record.js';

/** One kind of fault over the whole run. */
export interface FaultRow {
  readonly name: string;
  readonly times: number;
  readonly duplicates: number;
  /** The longest time in milliseconds that a queue delivered nothing around this fault. */
  readonly longestSilence: number;
}

export interface SoakVerdict {
  readonly faults: readonly FaultRow[];
  readonly messages: {
    readonly confirmed: number;
    readonly onward: number;
    readonly consumed: number;
    readonly duplicates: number;
    readonly allowedDuplicates: number;
    readonly lost: number;
  };
  /** Consumed messages in each second of the run. */
  readonly perSecond: readonly number[];
  readonly medianRate: number;
  readonly growth: readonly Excess[];
  /** Of a long run. */
  readonly trends: readonly MemoryTrend[];
  /** One sentence for each problem; empty for a clean run. */
  readonly problems: readonly string[];
}

/** Shorter runs have too few samples for a trend. */
const LONG_MS = 5 * 60_000;

/** @param memoryTolerance how much more memory the second half may use: 0.1 is a tenth */
export function judgeSoak(record: SoakRecord, memoryTolerance: number): SoakVerdict {
  const { strikes, entries, confirmed, onward, memory, census, warnings, exit, left } = record;
  const owed = [...confirmed, ...onward];
  const ledger = judge({ confirmed: owed, entries, strikes, inFlight: IN_FLIGHT });
  const growth = excess(census.before, census.after);
  const perSecond = ratesOf(record);
  const ratio = memory.halves?.ratio ?? 1;
  const trends = record.to - record.from < LONG_MS ? [] : trendsOf(memory.main, memoryTolerance);
  return {
    faults: rowsOf(record),
    messages: {
      confirmed: confirmed.size,
      onward: onward.size,
      consumed: entries.filter(({ kind }) => kind === 'answer').length,
      duplicates: ledger.duplicates,
      allowedDuplicates: ledger.allowedDuplicates,
      lost: ledger.missing.length + ledger.unanswered.length,
    },
    perSecond,
    medianRate: median(perSecond) ?? 0,
    growth,
    trends,
    problems: [
      ...record.problems,
      ...ledger.problems,
      ...(ratio > 1 + memoryTolerance
        ? [`memory of the second half is ${ratio.toFixed(2)} of the first, more than ${1 + memoryTolerance}`]
        : []),
      ...trends.filter(({ isFlat }) => !isFlat).map(({ name }) => `${name}: not flat`),
      ...watchProblems(record),
      ...growth.map(({ name, before, after }) => `${name}: ${before} before the first fault, ${after} at the end`),
      ...warnings.map((warning) => `a warning of the process: ${warning}`),
      ...(exit === '0' ? [] : [`the daemon ended with ${exit}`]),
      ...Object.entries(left).flatMap(([queue, count]) => (count === 0 ? [] : [`${count} messages left on ${queue}`])),
    ],
  };
}

/** A scrape or a console that did not work would prove nothing. */
function watchProblems({ observed: { scrapes, failedScrapes, events } }: SoakRecord): string[] {
  return [
    ...(failedScrapes > 0 ? [`${failedScrapes} scrapes failed`] : []),
    ...(scrapes === 0 ? ['no scrape'] : []),
    ...(events === 0 ? ['the console sent no event'] : []),
  ];
}

function ratesOf({ from, to, entries }: SoakRecord): number[] {
  const rates = Array.from({ length: Math.max(1, Math.ceil((to - from) / 1000)) }, () => 0);
  for (const { kind, at } of entries) {
    const second = Math.floor((at - from) / 1000);
    if (kind === 'answer' && second < rates.length) rates[second] = (rates[second] ?? 0) + 1;
  }
  return rates;
}

function rowsOf({ strikes, entries }: SoakRecord): FaultRow[] {
  const rows = new Map<string, FaultRow>();
  const again = repetitions(entries);
  const silences = new Silences(entries);
  strikes.forEach((strike, index) => {
    const { name } = strike;
    const next = strikes[index + 1]?.from ?? Number.POSITIVE_INFINITY;
    const row = rows.get(name) ?? { name, times: 0, duplicates: 0, longestSilence: 0 };
    rows.set(name, {
      name,
      times: row.times + 1,
      duplicates: row.duplicates + again.filter((at) => at >= strike.from && at < next).length,
      longestSilence: Math.max(row.longestSilence, silences.longest(strike)),
    });
  });
  return [...rows.values()];
}

/** The times at which a message began again. */
function repetitions(entries: readonly LedgerEntry[]): number[] {
  const seen = new Set<number>();
  return entries.flatMap(({ kind, number, at }) => {
    if (kind !== 'begin') return [];
    if (seen.has(number)) return [at];
    seen.add(number);
    return [];
  });
}

/** Gaps in the deliveries of each queue. */
class Silences {
  readonly #begins: readonly (readonly number[])[];

  constructor(entries: readonly LedgerEntry[]) {
    const begins: number[][] = QUEUES.map(() => []);
    for (const { kind, number, at } of entries) {
      const queue = queueIndexOf(number);
      if (kind === 'begin' && queue !== undefined) begins[queue]?.push(at);
    }
    this.#begins = begins.map((times) => times.toSorted((left, right) => left - right));
  }

  /** The longest gap of any queue around this strike, in milliseconds. */
  longest({ from, to }: StruckFault): number {
    const gaps = this.#begins.flatMap((times) =>
      times.flatMap((at, index) => {
        const before = times[index - 1];
        return before !== undefined && before <= to && at >= from ? [at - before] : [];
      }),
    );
    return gaps.reduce((longest, gap) => Math.max(longest, gap), 0);
  }
}
