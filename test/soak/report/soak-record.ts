import type { LedgerEntry, Strike } from '../../support/ledger/ledger-judge.js';
import type { Counts } from '../census/census.js';
import type { MemoryHalves, MemorySample } from './memory-samples.js';
import type { MainMemory } from './memory-trend.js';

export interface StruckFault extends Strike {
  readonly name: string;
  readonly count: number;
}

/** Everything observed in a run. */
export interface SoakRecord {
  readonly seed: number;
  /** Milliseconds since 1970, first message. */
  readonly from: number;
  readonly to: number;
  readonly strikes: readonly StruckFault[];
  /** Problems that ended the run. */
  readonly problems: readonly string[];
  readonly entries: readonly LedgerEntry[];
  /** Owed messages: confirmed to the load, or to the daemon (`onward`). */
  readonly confirmed: ReadonlySet<number>;
  readonly onward: ReadonlySet<number>;
  readonly memory: {
    readonly samples: readonly MemorySample[];
    readonly halves: MemoryHalves | undefined;
    readonly main: readonly MainMemory[];
  };
  /** Scrapes and events of the console that came while the run lasted. */
  readonly observed: { readonly scrapes: number; readonly failedScrapes: number; readonly events: number | undefined };
  /** Of the daemon's idle main thread, before the first fault and at the end. */
  readonly census: { readonly before: Counts; readonly after: Counts; readonly holders: readonly string[] };
  readonly warnings: readonly string[];
  /** The daemon's exit code, or the signal that ended it. */
  readonly exit: string;
  /** Messages left in each queue after the daemon has stopped. */
  readonly left: Readonly<Record<string, number>>;
}
