/** What an action did to an entry. */
export interface EntryOutcome {
  readonly queue: string;
  readonly name: string;
  readonly state: 'paused' | 'resumed' | 'refused';
  /** False: it was so already. */
  readonly changed: boolean;
  /** Why it was refused. */
  readonly reason: string | null;
}

export const SETTINGS = ['prefetch', 'rate', 'log-level'] as const;

/** What `set` changed. */
export interface SettingOutcome {
  readonly queue: string;
  readonly name: string;
  readonly setting: (typeof SETTINGS)[number];
  readonly value: string;
}

/** What became of a thread. */
export interface ThreadOutcome {
  readonly group: string;
  readonly thread: number;
  /** `busy`: it does not serve, or is being replaced already. */
  readonly state: 'replaced' | 'busy' | 'failed';
  readonly reason: string | null;
}

/** What became of a running message. */
export interface AbortOutcome {
  readonly id: number;
  readonly queue: string;
  readonly name: string;
  readonly thread: number;
  readonly state: 'signalled' | 'terminated';
}
