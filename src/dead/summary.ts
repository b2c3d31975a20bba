import type { DeadLetters, SelectOptions } from './dead-letters.js';
import { headerText } from './message/header-text.js';

/** How many messages of a queue died of what. */
export interface DeadSummary {
  readonly queue: string;
  readonly messages: number;
  readonly oldest?: string;
  readonly newest?: string;
  /** The most frequent first. */
  readonly errors: readonly { readonly error: string; readonly messages: number }[];
}

/** Counts a queue's messages by error type, or by reason where there was no error. */
export async function summaryOf(
  letters: DeadLetters,
  options: Pick<SelectOptions, 'signal' | 'onRead'>,
): Promise<DeadSummary> {
  const counts = new Map<string, number>();
  const times: number[] = [];
  let messages = 0;
  for await (const message of letters.read(options)) {
    messages++;
    const error = headerText(message.record('errorType') ?? message.record('reason') ?? 'unknown');
    counts.set(error, (counts.get(error) ?? 0) + 1);
    const at = message.diedAt?.getTime();
    if (at !== undefined) times.push(at);
  }
  const bounds = times.toSorted((one, other) => one - other);
  return {
    queue: letters.queue,
    messages,
    ...timeOf('oldest', bounds[0]),
    ...timeOf('newest', bounds.at(-1)),
    errors: [...counts]
      .toSorted(([one, many], [other, more]) => more - many || one.localeCompare(other))
      .map(([error, count]) => ({ error, messages: count })),
  };
}

function timeOf<Name extends string>(name: Name, ms: number | undefined): { [key in Name]?: string } {
  const found: { [key in Name]?: string } = {};
  if (ms !== undefined) found[name] = new Date(ms).toISOString();
  return found;
}
