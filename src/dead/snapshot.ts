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
  /** Heap that the entries may use; the copy ends before the first that does not fit. Default: no limit. */
  readonly mostBytes?: number;
}

/** Heap of an entry beside its texts, measured with 100,000 entries. */
export const ENTRY_BYTES = 800;
/** V8 keeps a text in one byte per character unless it has another. */
const WIDE = /[\u0100-\uffff]/;

/** A copy of a queue's messages, oldest first, so that nobody has to hold them while a user thinks. */
export class Snapshot {
  readonly queue: string;
  readonly entries: readonly SnapshotEntry[];
  /** Heap of the entries, estimated. */
  readonly bytes: number;
  private readonly store: MessageStore;

  private constructor(queue: string, { entries, bytes }: Pick<Snapshot, 'entries' | 'bytes'>, store: MessageStore) {
    this.queue = queue;
    this.entries = entries;
    this.bytes = bytes;
    this.store = store;
  }

  static async take(letters: Pick<DeadLetters, 'queue' | 'select'>, options: SnapshotOptions): Promise<Snapshot> {
    const { longestText = Number.POSITIVE_INFINITY, mostBytes = Number.POSITIVE_INFINITY } = options;
    const store = new MessageStore();
    const entries: SnapshotEntry[] = [];
    let bytes = 0;
    for await (const message of letters.select(options)) {
      const facts = shortFacts(factsOf(message), longestText);
      const more = bytes + heapBytes(message, facts);
      if (more > mostBytes) break;
      bytes = more;
      const stored = await store.put(message.taken);
      entries.push({ facts, contentHash: message.contentHash, stored });
    }
    return new Snapshot(letters.queue, { entries, bytes }, store);
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

/** The store counts body and headers, which are outside the heap, but the properties are decoded. */
function heapBytes({ taken: { properties, list } }: DeadMessage, facts: MessageFacts): number {
  let bytes = ENTRY_BYTES + properties.length - list.headers.length;
  for (const fact of Object.values(facts)) {
    if (typeof fact === 'string') bytes += WIDE.test(fact) ? 2 * fact.length : fact.length;
  }
  return bytes;
}
