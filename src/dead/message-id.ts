import { createHash } from 'node:crypto';
import type { TakenMessage } from '../broker/index.js';
import { lastingHeaders } from '../protocol/index.js';

const HASH_DIGITS = 12;

/**
 * What a message is called: its `messageId`, else a hash of all that it is, the record of its death included. Messages
 * that share it are alike, or were given one id by their publisher; whoever names it means all of them.
 */
export function messageIdOf({ list, body }: Pick<TakenMessage, 'list' | 'body'>): string {
  const { messageId } = list.properties;
  if (typeof messageId === 'string' && messageId !== '') return messageId;
  const hash = createHash('sha256').update(JSON.stringify(list.properties));
  for (const bytes of lastingHeaders(list.headers) ?? [list.headers]) hash.update(bytes);
  return hash.update(body).digest('hex').slice(0, HASH_DIGITS);
}
