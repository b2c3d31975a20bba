import { createHash } from 'node:crypto';
import { lastingHeaders } from '../bridge/index.js';
import type { TakenMessage } from '../broker/index.js';

const HASH_DIGITS = 12;

/**
 * A message's `messageId`, or else a hash of its content and failure record. Messages with the same id are identical or
 * got the id from their publisher; selecting the id selects all of them.
 */
export function messageIdOf({ list, body }: Pick<TakenMessage, 'list' | 'body'>): string {
  const { messageId } = list.properties;
  if (typeof messageId === 'string' && messageId !== '') return messageId;
  const hash = createHash('sha256').update(JSON.stringify(list.properties));
  for (const bytes of lastingHeaders(list.headers) ?? [list.headers]) hash.update(bytes);
  return hash.update(body).digest('hex').slice(0, HASH_DIGITS);
}
