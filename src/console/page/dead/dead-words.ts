import type { DeadOutcome } from '../../dead/dead-api.js';
import { count, plural } from '../format.js';
import type { DeadChange } from './dead-requests.js';

/** `3 messages of email.dead` */
export function targetOf({ messages, queue }: Pick<DeadChange, 'messages' | 'queue'>): string {
  return `${plural(messages, 'message')} of ${queue}`;
}

/** The outcome of a change, in words. */
export function outcomeWords({ action, queue }: DeadChange, { done, kept, gone, problem }: DeadOutcome): string {
  const why = problem === null ? '' : `: ${problem}`;
  return [
    `${action === 'replay' ? 'Replayed' : 'Deleted'} ${targetOf({ messages: done, queue })}`,
    ...(gone > 0 ? [`${count(gone)} ${gone === 1 ? 'was' : 'were'} no longer there`] : []),
    ...(kept > 0 || problem !== null ? [`${count(kept)} ${kept === 1 ? 'stays' : 'stay'}${why}`] : []),
  ].join('; ');
}

/** `2,048 bytes` */
export function bytesWords(bytes: number): string {
  return plural(bytes, 'byte');
}
