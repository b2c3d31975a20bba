import type { LedgerEntry, Strike } from '../../support/ledger/ledger-judge.js';
import type { Counts } from '../census/census.js';
import type { MemoryHalves, MemorySample } from './memory-samples.js';

export interface StruckFault extends Strike {
  readonly name: string;
  readonly blows: number;
}

/** All that was seen of a run. */
export interface SoakRecord {
  readonly seed: number;
  /** Milliseconds since 1970: from the first message until the last was answered. */
  readonly from: number;
  readonly to: number;
  readonly strikes: readonly StruckFault[];
  /** What went wrong so badly that the run could not go on. */
  readonly problems: readonly string[];
  readonly entries: readonly LedgerEntry[];
  /** Numbers of the messages that are owed: confirmed to the load, and to the daemon for those that it published onward. */
  readonly confirmed: ReadonlySet<number>;
  readonly onward: ReadonlySet<number>;
  readonly memory: { readonly samples: readonly MemorySample[]; readonly halves: MemoryHalves | undefined };
  /** Of the daemon's main thread when it was quiet: before the first fault, and at the end. */
  readonly census: { readonly before: Counts; readonly after: Counts };
  readonly warnings: readonly string[];
  /** The daemon's exit code, or the signal that ended it. */
  readonly exit: string;
  /** Messages on each queue after the daemon has gone. */
  readonly left: Readonly<Record<string, number>>;
}
