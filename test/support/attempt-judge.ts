import type { Strike } from './ledger-judge.js';

/** A consumer was called with a message that fails at its first attempts, or at all. */
export interface Try {
  readonly id: number;
  readonly attempt: number;
  /** Milliseconds since 1970. */
  readonly at: number;
}

export interface AttemptAccount {
  readonly tries: readonly Try[];
  readonly strikes: readonly Strike[];
  /** When threads died. */
  readonly deaths: readonly number[];
  /** Copies that could not be made: each message went back as it was, and its attempt was not counted. */
  readonly uncopied: number;
  /** How many attempts at a message fail by themselves. */
  readonly failuresOf: (id: number) => number;
  /** As many as a message may have. */
  readonly limit: number;
}

/**
 * One sentence for each thing that is wrong with the attempts.
 *
 * The number of an attempt grows by one with each failure, a message's own or the death of a thread that it ran on, and with
 * nothing else: what a strike brings back has the number that it had.
 *
 * How often a number runs is another matter: what a strike has doubled goes on as two messages, and each runs all that is
 * left to it. A strike finds a message in three places at most: the delay queue that it has just left, its queue, and what
 * its copy has just come into. All may bring it back, and the first two run the attempt that was under way once more. The
 * first attempt has no delay queue behind it. Between its strikes a message comes to rest, so they add up.
 *
 * A copy that is not confirmed may be there all the same: each may add one run to each attempt.
 */
export function judgeAttempts({ tries, ...account }: AttemptAccount): readonly string[] {
  const { strikes, deaths, uncopied, failuresOf, limit } = account;
  const problems: string[] = [];
  const excess = new Map<number, string[]>();
  for (const [id, mine] of groupBy(tries, (each) => each.id)) {
    const times = mine.map(({ at }) => at);
    const [from, to] = [Math.min(...times), Math.max(...times)];
    const struck = strikes.filter((strike) => strike.from <= to && strike.to >= from).length;
    const died = deaths.filter((at) => at >= from && at <= to).length;
    const most = Math.min(limit, failuresOf(id) + 1 + died);
    const runs = groupBy(mine, ({ attempt }) => attempt);
    const last = Math.max(...runs.keys());
    if (last > most) problems.push(`message ${id} came to attempt ${last}, where its failures explain ${most}`);
    // A thread may die over a message before its consumer has noted the try.
    if (runs.size + died < last) problems.push(`message ${id} came to attempt ${last} after ${runs.size - 1} others`);
    for (const [attempt, { length }] of runs) {
      const allowed = 1 + struck * (attempt === 1 ? 1 : 2);
      const what = `attempt ${attempt} of message ${id} ran ${length} times, where ${struck} strikes explain ${allowed}`;
      for (let more = allowed; more < length; more++) excess.set(attempt, [...(excess.get(attempt) ?? []), what]);
    }
  }
  for (const unexplained of excess.values()) problems.push(...unexplained.slice(uncopied));
  return problems;
}

function groupBy<Each>(all: readonly Each[], keyOf: (each: Each) => number): ReadonlyMap<number, readonly Each[]> {
  const groups = new Map<number, Each[]>();
  for (const each of all) {
    const group = groups.get(keyOf(each));
    if (group === undefined) groups.set(keyOf(each), [each]);
    else group.push(each);
  }
  return groups;
}
