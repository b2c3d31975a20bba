/** The outcome of an action on an entry. */
export interface EntryOutcome {
  readonly queue: string;
  readonly name: string;
  readonly state: 'paused' | 'resumed' | 'refused';
  /** False: the entry was already in that state. */
  readonly changed: boolean;
  /** The reason of the refusal. */
  readonly reason: string | null;
}

export const SETTINGS = ['prefetch', 'rate', 'log-level'] as const;

/** The outcome of `set`. */
export interface SettingOutcome {
  readonly queue: string;
  readonly name: string;
  readonly setting: (typeof SETTINGS)[number];
  readonly value: string;
}

/** The outcome of a recycle for one thread. */
export interface ThreadOutcome {
  readonly group: string;
  readonly thread: number;
  /** `busy`: the thread is not serving, or is already being replaced. */
  readonly state: 'replaced' | 'busy' | 'failed';
  readonly reason: string | null;
}

/** The outcome of an abort. */
export interface AbortOutcome {
  readonly id: number;
  readonly queue: string;
  readonly name: string;
  readonly thread: number;
  readonly state: 'signalled' | 'terminated';
}
