/** Kind of an entry: `refused` cancels an answer that was too late for its channel. */
export type EntryKind = 'begin' | 'answer' | 'refused';

export interface LedgerEntry {
  readonly kind: EntryKind;
  /** The message's own number. */
  readonly number: number;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** A fault, from just before it until the daemon has recovered. */
export interface Strike {
  readonly from: number;
  readonly to: number;
  /** Number of strikes in that time: a line that flaps strikes with every cut. Default 1. */
  readonly count?: number;
}

export interface Account {
  /** Numbers that the broker has confirmed: the consumers owe a begin and an answer. */
  readonly confirmed: Iterable<number>;
  readonly entries: readonly LedgerEntry[];
  readonly strikes: readonly Strike[];
  /** Messages that can be delivered and unanswered at one time: prefetch × subscriptions. */
  readonly inFlight: number;
}

export interface Verdict {
  /** Confirmed and never begun. */
  readonly missing: readonly number[];
  /** Begun and never validly answered. */
  readonly unanswered: readonly number[];
  /** Begun again without a fault since the previous begin. */
  readonly unexplained: readonly number[];
  /** Begins beyond the first of each message, and how many of them the strikes excuse. */
  readonly duplicates: number;
  readonly allowedDuplicates: number;
  /** One sentence for each defect, with the numbers. */
  readonly problems: readonly string[];
}

const NAMED = 20;

/**
 * Every message begins at least once, and more often only by a fault: unanswered messages come again, whether
 * they were running, waiting, or had an ack in transit.
 */
export function judge({ confirmed, entries, strikes, inFlight }: Account): Verdict {
  const begins = new Map<number, number[]>();
  const answers = new Map<number, number>();
  for (const { kind, number, at } of entries) {
    if (kind === 'begin') begins.set(number, [...(begins.get(number) ?? []), at]);
    else answers.set(number, (answers.get(number) ?? 0) + (kind === 'answer' ? 1 : -1));
  }
  const owed = [...confirmed];
  const missing = owed.filter((number) => !begins.has(number));
  const unanswered = owed.filter((number) => begins.has(number) && (answers.get(number) ?? 0) < 1);
  const unexplained: number[] = [];
  let duplicates = 0;
  for (const [number, times] of begins) {
    duplicates += times.length - 1;
    if (!areExplained(times, strikes)) unexplained.push(number);
  }
  const hits = strikes.reduce((sum, strike) => sum + (strike.count ?? 1), 0);
  const allowedDuplicates = hits * inFlight;
  const problems = [
    ...complaint(missing, 'confirmed by the broker and never begun'),
    ...complaint(unanswered, 'begun and never answered'),
    ...complaint(unexplained, 'begun again with no fault in between'),
    ...(duplicates > allowedDuplicates ? [`${duplicates} duplicates, where ${allowedDuplicates} are excused`] : []),
  ];
  return { missing, unanswered, unexplained, duplicates, allowedDuplicates, problems };
}

/** Each begin but the first needs a fault that overlaps the time since the previous one. */
function areExplained(begins: readonly number[], strikes: readonly Strike[]): boolean {
  const times = begins.toSorted((left, right) => left - right);
  return times.slice(1).every((again, index) => {
    const before = times[index] ?? again;
    return strikes.some(({ from, to }) => from <= again && to >= before);
  });
}

function complaint(numbers: readonly number[], what: string): string[] {
  if (numbers.length === 0) return [];
  const more = numbers.length > NAMED ? ` and ${numbers.length - NAMED} more` : '';
  return [`${numbers.length} ${what}: ${numbers.slice(0, NAMED).join(', ')}${more}`];
}
