import type { DeadLetters } from './dead-letters.js';

export interface PurgeOptions {
  readonly signal: AbortSignal;
  readonly onRemoved: (removed: number) => void;
}

/**
 * Removes the messages that were there when the queue was opened, and returns their number. One by one, because
 * `queue.purge` would also remove those that died after the user agreed.
 */
export async function purge(letters: DeadLetters, { signal, onRemoved }: PurgeOptions): Promise<number> {
  let removed = 0;
  for await (const taken of letters.reader.take(letters.count)) {
    if (signal.aborted) break;
    if (letters.reader.remove(taken)) onRemoved(++removed);
  }
  return removed;
}
