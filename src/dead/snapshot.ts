import type { DeadLetters, SelectOptions } from './dead-letters.js';
import { DeadMessage } from './message/dead-message.js';
import { factsOf, type MessageFacts, shortFacts, type WholeMessage, wholeMessage } from './message/message-facts.js';
import { MessageStore, type StoredMessage } from './message-store.js';
import { isSelected, type Selection } from './selection/selection.js';

/** A message as it was when somebody looked. */
export interface SnapshotEntry {
  readonly facts: MessageFacts;
  /** Names the message when it is to be changed. */
  readonly contentHash: string;
  readonly stored: StoredMessage;
}

export interface SnapshotOptions extends SelectOptions {
  /** Characters of each text in the facts of an entry; default: all. */
  readonly longestText?: number;
}

/** A copy of a queue's messages, oldest first, so that nobody has to hold them while a user thinks. */
export class Snapshot {
  readonly queue: string;
  readonly entries: readonly SnapshotEntry[];
  private readonly store: MessageStore;

  private constructor(queue: string, entries: readonly SnapshotEntry[], store: MessageStore) {
    this.queue = queue;
    this.entries = entries;
    this.store = store;
  }

  static async take(letters: DeadLetters, options: SnapshotOptions): Promise<Snapshot> {
    const { longestText = Number.POSITIVE_INFINITY } = options;
    const store = new MessageStore();
    const entries: SnapshotEntry[] = [];
    for await (const message of letters.select(options)) {
      const stored = await store.put(message.taken);
      const facts = shortFacts(factsOf(message), longestText);
      entries.push({ facts, contentHash: message.contentHash, stored });
    }
    return new Snapshot(letters.queue, entries, store);
  }

  async whole(entry: SnapshotEntry): Promise<WholeMessage> {
    return wholeMessage(await this.message(entry));
  }

  async message({ stored }: SnapshotEntry): Promise<DeadMessage> {
    return new DeadMessage(await stored.load());
  }

  /** The entries that a selection selects, in their order. */
  async matching(selection: Selection): Promise<readonly SnapshotEntry[]> {
    const found: SnapshotEntry[] = [];
    for (const entry of this.entries) {
      if (isSelected(await this.message(entry), selection)) found.push(entry);
    }
    return found;
  }

  async close(): Promise<void> {
    await this.store.close();
  }
}
