import type { BrokerAddress, ConnectionSettings } from '../../broker/index.js';
import type { DeadAction, DeadChoice } from './dead-api.js';

/** An operation on a dead queue; its result is the answer of a route. */
export type DeadOperation =
  | { readonly kind: 'count'; readonly queues: readonly string[] }
  | LookOperation
  | ShowOperation
  | ChangeOperation;

export interface LookOperation {
  readonly kind: 'look';
  readonly queue: string;
  /** Null: read the queue. */
  readonly look: string | null;
  readonly where: readonly string[];
  /** Null: any. */
  readonly error: string | null;
  readonly limit: number;
}

export interface ShowOperation {
  readonly kind: 'show';
  readonly queue: string;
  /** Null: read the queue. */
  readonly look: string | null;
  readonly key: string;
}

export interface ChangeOperation {
  readonly kind: 'change';
  readonly action: DeadAction;
  readonly queue: string;
  readonly choice: DeadChoice;
}

/** How the thread connects. */
export interface DeadThreadPlan {
  readonly address: BrokerAddress;
  readonly settings: ConnectionSettings;
  /** Name of its connection. */
  readonly name: string;
}

export type ToDeadThread =
  | { readonly kind: 'begin'; readonly id: number; readonly operation: DeadOperation }
  | { readonly kind: 'interrupt'; readonly id: number; readonly why: string }
  | { readonly kind: 'end' };

export type FromDeadThread =
  /** The result as JSON, so that the main thread only passes it on. */
  | { readonly kind: 'done'; readonly id: number; readonly json: string }
  | { readonly kind: 'failed'; readonly id: number; readonly code: string; readonly message: string }
  | { readonly kind: 'log'; readonly line: string };
