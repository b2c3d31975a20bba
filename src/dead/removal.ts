import type { ChosenMessages, DeadLetters } from './dead-letters.js';

export interface RemovalOptions {
  readonly signal: AbortSignal;
  readonly onRemoved: (removed: number) => void;
}

/**
 * Removes the messages that were there when the queue was opened, and returns their number. One by one, because
 * `queue.purge` would also remove those that died after the user agreed.
 */
export async function purge(letters: DeadLetters, { signal, onRemoved }: RemovalOptions): Promise<number> {
  let removed = 0;
  for await (const taken of letters.reader.take(letters.count)) {
    if (signal.aborted) break;
    if (letters.reader.remove(taken)) onRemoved(++removed);
  }
  await letters.reader.settled();
  return removed;
}

/**
 * Removes the chosen messages, oldest first, and returns their number. Everything else goes back when the queue is
 * closed, or when the process ends in any other way.
 */
export async function removeChosen(
  { reader }: DeadLetters,
  chosen: ChosenMessages,
  { signal, onRemoved }: RemovalOptions,
): Promise<number> {
  let removed = 0;
  for await (const { taken } of chosen.messages()) {
    if (signal.aborted) break;
    if (reader.remove(taken)) onRemoved(++removed);
  }
  await reader.settled();
  return removed;
}
