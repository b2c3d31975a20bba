import { createHash } from 'node:crypto';
import type { TakenMessage } from '../broker/index.js';
import { splitFieldTable } from '../protocol/index.js';

/** Counted by a quorum queue, also for each look at the message. */
export const BROKER_COUNTS: readonly string[] = ['x-delivery-count', 'x-acquired-count'];
const HASH_DIGITS = 12;

/**
 * What a message is called: its `messageId`, else a hash of all that it is, the record of its death included. Messages
 * that share it are alike, or were given one id by their publisher; whoever names it means all of them.
 */
export function messageIdOf({ list, body }: Pick<TakenMessage, 'list' | 'body'>): string {
  const { messageId } = list.properties;
  if (typeof messageId === 'string' && messageId !== '') return messageId;
  const hash = createHash('sha256').update(JSON.stringify(list.properties));
  for (const bytes of lastingHeaders(list.headers)) hash.update(bytes);
  return hash.update(body).digest('hex').slice(0, HASH_DIGITS);
}

/** In an order of our own: the broker may write them in another the next time. */
function lastingHeaders(headers: Uint8Array): readonly Uint8Array[] {
  try {
    return splitFieldTable(headers)
      .filter(({ name }) => !BROKER_COUNTS.includes(name))
      .map(({ bytes }) => bytes)
      .toSorted((left, right) => Buffer.compare(left, right));
  } catch {
    // Anybody may have published it; what cannot be read can still be named.
    return [headers];
  }
}
