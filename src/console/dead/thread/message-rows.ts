import type { MessageFacts, SnapshotEntry } from '../../../dead/index.js';
import type { DeadErrorGroup, DeadRow } from '../dead-api.js';

/** A publisher may have put any amount of text into a header. */
export const LONGEST_TEXT = 300;
const HEAD = 80;
const MOST_GROUPS = 50;

export function messageRow({ facts, contentHash }: SnapshotEntry): DeadRow {
  const { id, diedAt, queue, consumer, reason, errorType, cause, attempts, bytes, preview } = facts;
  return {
    key: contentHash,
    id: cut(id) ?? '',
    diedAt: cut(diedAt),
    queue: cut(queue),
    consumer: cut(consumer),
    reason: cut(reason),
    error: cut(errorType),
    cause: cut(cause),
    attempts: attempts ?? null,
    bytes,
    preview,
  };
}

/** Type and beginning of the message of an error, or the reason where there was none. */
export function errorOf({ errorType, cause, reason }: MessageFacts): string {
  const [line = ''] = (cause ?? '').trim().split('\n', 1);
  const parts = [errorType, line].filter((part) => part !== undefined && part !== '');
  return parts.length === 0 ? (reason ?? 'unknown').slice(0, HEAD) : parts.join(': ').slice(0, HEAD);
}

/** Counts messages by error: the 50 most frequent, and how many other errors there are. */
export function groupByError(entries: readonly SnapshotEntry[]): {
  readonly byError: readonly DeadErrorGroup[];
  readonly moreErrors: number;
} {
  const counts = new Map<string, number>();
  for (const { facts } of entries) {
    const error = errorOf(facts);
    counts.set(error, (counts.get(error) ?? 0) + 1);
  }
  const groups = [...counts]
    .map(([error, count]) => ({ error, count }))
    .toSorted((one, other) => other.count - one.count || one.error.localeCompare(other.error));
  return { byError: groups.slice(0, MOST_GROUPS), moreErrors: Math.max(0, groups.length - MOST_GROUPS) };
}

function cut(text: string | undefined): string | null {
  if (text === undefined) return null;
  return text.length <= LONGEST_TEXT ? text : `${text.slice(0, LONGEST_TEXT)}…`;
}
