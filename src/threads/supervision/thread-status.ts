import type { HeapFigures } from '../../bridge/index.js';

/** `replacing`: it has died, and its replacement does not serve yet. */
export const THREAD_STATES = ['starting', 'serving', 'replacing'] as const;
export type ThreadState = (typeof THREAD_STATES)[number];

/** How long a thread has computed and waited since it started, in milliseconds. */
export interface LoopTimes {
  readonly active: number;
  readonly idle: number;
}

/** A thread number at this moment. */
export interface ThreadStatus {
  readonly thread: number;
  readonly state: ThreadState;
  /** On the clock of `performance.now()`. */
  readonly replacingSinceMs: number | undefined;
  /** Undefined if it never ran a delivery. */
  readonly heap: HeapFigures | undefined;
  /** The id that Node.js gave it; a replacement has another one. Undefined until it has begun its session. */
  readonly threadId: number | undefined;
  /** Undefined unless it lives. */
  readonly loop: LoopTimes | undefined;
}

/** The threads of one group. */
export interface GroupStatus {
  readonly name: string;
  readonly threads: readonly ThreadStatus[];
  /** One for each living thread, those that are leaving included. */
  readonly loops: readonly LoopTimes[];
}
