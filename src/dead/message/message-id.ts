import { createHash } from 'node:crypto';
import { lastingHeaders } from '../../bridge/index.js';
import type { TakenMessage } from '../../broker/index.js';

const HASH_DIGITS = 12;
type Content = Pick<TakenMessage, 'list' | 'body'>;

/**
 * A message's `messageId`, or else a hash of its content and failure record. Messages with the same id are identical or
 * got the id from their publisher; selecting the id selects all of them.
 */
export function messageIdOf(message: Content): string {
  const { messageId } = message.list.properties;
  if (typeof messageId === 'string' && messageId !== '') return messageId;
  return contentHash(message).slice(0, HASH_DIGITS);
}

/** A hash of properties, headers and body; only identical messages share it. Looks at a message do not change it. */
export function contentHash({ list, body }: Content): string {
  const hash = createHash('sha256').update(JSON.stringify(list.properties));
  for (const bytes of lastingHeaders(list.headers) ?? [list.headers]) hash.update(bytes);
  return hash.update(body).digest('hex');
}
