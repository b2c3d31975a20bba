import type { DeadMessage } from './message/dead-message.js';
import type { MessageStore, StoredMessage } from './message-store.js';

const SPARE = 64;

interface Candidate extends StoredMessage {
  /** Milliseconds; messages without a time come last. */
  readonly diedAt: number;
  /** Decides between messages of the same second. */
  readonly position: number;
}

/** Keeps the oldest messages by the time of their death, whatever their order in the queue. */
export class OldestFirst {
  private readonly store: MessageStore;
  private readonly limit: number;
  private candidates: Candidate[] = [];
  private positions = 0;

  /** @param limit how many to keep; default all */
  constructor(store: MessageStore, limit: number = Number.POSITIVE_INFINITY) {
    this.store = store;
    this.limit = limit;
  }

  async add(message: DeadMessage): Promise<void> {
    const diedAt = message.diedAt?.getTime() ?? Number.POSITIVE_INFINITY;
    this.candidates.push({ ...(await this.store.put(message.taken)), diedAt, position: this.positions++ });
    if (this.candidates.length > 2 * this.limit + SPARE) this.sort();
  }

  sorted(): readonly StoredMessage[] {
    this.sort();
    return this.candidates;
  }

  private sort(): void {
    this.candidates.sort((one, other) => compare(one.diedAt, other.diedAt) || one.position - other.position);
    for (const { drop } of this.candidates.splice(this.limit)) drop();
  }
}

/** Not a subtraction: two infinities are equal. */
function compare(one: number, other: number): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}
