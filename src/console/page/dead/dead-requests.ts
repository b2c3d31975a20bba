import type {
  DeadAction,
  DeadChoice,
  DeadMessageView,
  DeadOutcome,
  DeadPage,
  DeadQueues,
} from '../../dead/dead-api.js';
import { post, read } from '../api.js';

/** Which messages of a queue a list shows. */
export interface DeadFilter {
  readonly where: readonly string[];
  /** Null: any. */
  readonly error: string | null;
}

export const NO_FILTER: DeadFilter = { where: [], error: null };

/** Words, or words with blanks in quotes: `cause~"no route"`. */
const WORDS = /(?:[^\s"]|"[^"]*")+/g;

/** @throws ApiError */
export function readQueues(): Promise<DeadQueues> {
  return read<DeadQueues>('api/dead');
}

/** @param look the copy to filter; null: read the queue. @throws ApiError */
export function readList(queue: string, { where, error }: DeadFilter, look: string | null): Promise<DeadPage> {
  const query = new URLSearchParams({ queue });
  for (const each of where) query.append('where', each);
  if (error !== null) query.set('error', error);
  if (look !== null) query.set('look', look);
  return read<DeadPage>(`api/dead/messages?${query.toString()}`);
}

/** @throws ApiError */
export function readMessage(query: {
  readonly queue: string;
  readonly look: string;
  readonly key: string;
}): Promise<DeadMessageView> {
  return read<DeadMessageView>(`api/dead/message?${new URLSearchParams(query).toString()}`);
}

/** A replay or delete that the user has confirmed. */
export interface DeadChange {
  readonly action: DeadAction;
  readonly queue: string;
  readonly choice: DeadChoice;
  /** How many messages the user has confirmed. */
  readonly messages: number;
}

/** @throws ApiError */
export function changeMessages({ action, queue, choice }: DeadChange, signal: AbortSignal): Promise<DeadOutcome> {
  return post<DeadOutcome>(`api/dead/${action}`, { queue, ...choice }, signal);
}

/** Reads what a user writes into the filter: conditions, as in the prompt of `dead browse`. */
export function whereOf(written: string): readonly string[] {
  return [...written.matchAll(WORDS)].map(([word]) => word.replaceAll('"', ''));
}
