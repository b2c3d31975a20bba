import type { HeapFigures } from '../../bridge/index.js';

/** `replacing`: it has died, and its replacement does not serve yet. */
export const THREAD_STATES = ['starting', 'serving', 'replacing'] as const;
export type ThreadState = (typeof THREAD_STATES)[number];

/** A thread number at this moment. */
export interface ThreadStatus {
  readonly thread: number;
  readonly state: ThreadState;
  /** On the clock of `performance.now()`. */
  readonly replacingSinceMs: number | undefined;
  /** Undefined if it never ran a delivery. */
  readonly heap: HeapFigures | undefined;
}

/** The threads of one group. */
export interface GroupStatus {
  readonly name: string;
  readonly threads: readonly ThreadStatus[];
  /** How long they have computed and waited since they started, in milliseconds; one for each living thread. */
  readonly loops: readonly { readonly active: number; readonly idle: number }[];
}
