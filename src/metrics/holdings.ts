import { type EntryRuntime, type InstanceCounts, instancesOf, runningOn } from '../dispatch/index.js';
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
export interface Holdings extends InstanceCounts {
  /** Begun and not ended. */
  readonly running: number;
  /** 0 if none runs. */
  readonly oldestMs: number;
  /** Neither begun nor failed. */
  readonly waiting: number;
  readonly unanswered: number;
}

export function holdingsOf({ flow, slots, metrics }: ObservedEntry, nowMs: number): Holdings {
  const running = runningOn(slots, nowMs);
  const open = running.filter(({ delivery }) => !delivery.isOver).length;
  const { unanswered } = metrics;
  return {
    ...instancesOf(slots),
    running: running.length,
    oldestMs: running[0]?.runningMs ?? 0,
    waiting: Math.max(0, unanswered - open - flow.awaitingOutcome),
    unanswered,
  };
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
