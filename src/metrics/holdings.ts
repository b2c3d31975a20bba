import { type EntryLoad, type EntryRuntime, loadOf } from '../dispatch/index.js';
import type { EntryMetrics } from './entry-metrics.js';

/** An entry whose deliveries are counted. */
export interface ObservedEntry extends Pick<EntryRuntime, 'entry' | 'slots'> {
  readonly flow: Pick<EntryRuntime['flow'], 'awaitingOutcome'>;
  readonly log: Pick<EntryRuntime['log'], 'suppressed'>;
  /** The label `consumer`: the entry's name, with a number if other entries of its queue have the same. */
  readonly label: string;
  readonly metrics: EntryMetrics;
}

/** What an entry holds at this moment. */
export interface Holdings extends Omit<EntryLoad, 'open'> {
  /** Neither begun nor failed. */
  readonly waiting: number;
  readonly unanswered: number;
}

/** @param byThread gets the running messages of each thread added */
export function holdingsOf(
  { flow, slots, metrics }: ObservedEntry,
  nowMs: number,
  byThread?: Map<number, number>,
): Holdings {
  const { instances, up, busy, running, open, oldestMs } = loadOf(slots, nowMs, byThread);
  const { unanswered } = metrics;
  const waiting = Math.max(0, unanswered - open - flow.awaitingOutcome);
  return { instances, up, busy, running, oldestMs, waiting, unanswered };
}

/** Names entries so that no two of a queue have the same name: entries of one class may share theirs. */
export function labelsOf(entries: readonly Pick<EntryRuntime['entry'], 'queue' | 'name'>[]): readonly string[] {
  const taken = new Set<string>();
  return entries.map(({ queue, name }) => {
    let label = name;
    for (let number = 2; taken.has(JSON.stringify([queue, label])); number++) label = `${name}#${number}`;
    taken.add(JSON.stringify([queue, label]));
    return label;
  });
}
