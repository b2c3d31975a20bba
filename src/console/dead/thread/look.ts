import { randomUUID } from 'node:crypto';
import {
  DeadLetters,
  type DeadLettersOptions,
  ENTRY_BYTES,
  EVERYTHING,
  Snapshot,
  type SnapshotEntry,
} from '../../../dead/index.js';
import { selectionOf } from '../conditions.js';
import { errorOf, LONGEST_TEXT } from './message-rows.js';

/** With the limit of bytes, bounds the memory of the thread; the oldest messages are kept. */
const MOST_MESSAGES = 100_000;
/** As `dead list`: RabbitMQ 4 drops a message from a quorum queue after 20 returns by default. */
const MANY_RETURNS = 10;

/** A copy of a dead queue, so that a filter or a message does not read the queue again, which a quorum queue counts. */
export class Look {
  readonly id = randomUUID();
  readonly queue: string;
  readonly readAt: number;
  /** Messages in the queue when it was read. */
  readonly total: number;
  readonly warning: string | null;
  private readonly snapshot: Snapshot;
  private users = 0;
  private isDropped = false;

  private constructor(snapshot: Snapshot, total: number, { readAt, warning }: Pick<Look, 'readAt' | 'warning'>) {
    this.snapshot = snapshot;
    this.queue = snapshot.queue;
    this.total = total;
    this.readAt = readAt;
    this.warning = warning;
  }

  /**
   * Reads the queue. The copy has the oldest messages that fit into this much of the heap.
   * @throws BrokerError
   */
  static async take(options: DeadLettersOptions, mostBytes: number): Promise<Look> {
    const { signal } = options;
    const readAt = Date.now();
    const letters = await DeadLetters.openOrEmpty(options);
    try {
      const snapshot = await Snapshot.take(letters, {
        selection: EVERYTHING,
        limit: Math.min(MOST_MESSAGES, Math.floor(mostBytes / ENTRY_BYTES)),
        mostBytes,
        // One more, so that a row shows that its text goes on.
        longestText: LONGEST_TEXT + 1,
        signal,
      });
      const isAtRisk = letters.timesReturned >= MANY_RETURNS && !(await letters.dropsNothing());
      const warning = isAtRisk ? warningOf(letters.timesReturned) : null;
      return new Look(snapshot, letters.count, { readAt, warning });
    } finally {
      await letters.close();
    }
  }

  get entries(): readonly SnapshotEntry[] {
    return this.snapshot.entries;
  }

  /** Heap of the copy, estimated. */
  get bytes(): number {
    return this.snapshot.bytes;
  }

  /** The entries that meet conditions, oldest first; ages count back from the time of the copy. */
  async matching(where: readonly string[]): Promise<readonly SnapshotEntry[]> {
    return where.length === 0 ? this.entries : this.snapshot.matching(selectionOf(where, this.readAt));
  }

  message(entry: SnapshotEntry) {
    return this.snapshot.message(entry);
  }

  /** Keeps the copy until the work has ended. */
  async use<Result>(work: (look: Look) => Promise<Result>): Promise<Result> {
    this.users++;
    try {
      return await work(this);
    } finally {
      this.users--;
      await this.closeUnused();
    }
  }

  async drop(): Promise<void> {
    this.isDropped = true;
    await this.closeUnused();
  }

  private async closeUnused(): Promise<void> {
    if (this.isDropped && this.users === 0) await this.snapshot.close();
  }
}

/** Those of one error; null: all. */
export function withError(entries: readonly SnapshotEntry[], error: string | null): readonly SnapshotEntry[] {
  return error === null ? entries : entries.filter(({ facts }) => errorOf(facts) === error);
}

function warningOf(times: number): string {
  return (
    `messages have come back ${times} times. A quorum queue drops a message that comes back more often than its delivery ` +
    'limit (20 in RabbitMQ 4, unless a policy says otherwise), and each look may count'
  );
}
