import type { SnapshotEntry } from '../../../../src/dead/index.js';
import type { DeadMessage } from '../../../../src/dead/message/dead-message.js';
import { factsOf } from '../../../../src/dead/message/message-facts.js';

/** A message as a copy of its queue keeps it. */
export function entryOf(message: DeadMessage): SnapshotEntry {
  const { contentHash, taken } = message;
  return {
    facts: factsOf(message),
    contentHash,
    stored: { load: () => Promise.resolve(taken), drop: () => undefined },
  };
}
