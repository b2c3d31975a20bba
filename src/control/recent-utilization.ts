import type { GroupStatus, LoopTimes } from '../threads/index.js';

const EVERY_MS = 2_000;
/** The oldest is 10 to 12 s old: recent, and long enough for the pauses of garbage collection to even out. */
const KEPT_SAMPLES = 6;
const NEVER_RAN: LoopTimes = { active: 0, idle: 0 };

/** How busy the threads of a group were lately. */
export interface Utilization {
  /** From 0 to 1: the share of the period in which the threads computed; null if none ran in it. */
  readonly utilization: number | null;
  /** The period, up to now: 10 to 12 s, less right after the start. */
  readonly utilizationSeconds: number;
}

export interface RecentUtilizationOptions {
  readonly groups: () => readonly GroupStatus[];
  /** Monotonic. */
  readonly nowMs: () => number;
}

/**
 * Measures how busy the threads have been in the last seconds; questions do not change the period. The main thread reads
 * the times of the event loops itself, so a thread that never replies is measured, too.
 */
export class RecentUtilization {
  private readonly options: RecentUtilizationOptions;
  /** The oldest first. */
  private readonly samples: { readonly atMs: number; readonly loops: ReadonlyMap<number, LoopTimes> }[] = [];
  private timer: NodeJS.Timeout | undefined;

  constructor(options: RecentUtilizationOptions) {
    this.options = options;
  }

  start(): void {
    this.sample();
    this.timer = setInterval(() => this.sample(), EVERY_MS);
    this.timer.unref();
  }

  stop(): void {
    clearInterval(this.timer);
  }

  of({ threads }: GroupStatus): Utilization {
    const [oldest] = this.samples;
    let active = 0;
    let all = 0;
    for (const { threadId, loop } of threads) {
      if (threadId === undefined || loop === undefined) continue;
      // The times of a thread that started meanwhile began at 0.
      const before = oldest?.loops.get(threadId) ?? NEVER_RAN;
      active += loop.active - before.active;
      all += loop.active + loop.idle - before.active - before.idle;
    }
    const periodMs = oldest === undefined ? 0 : this.options.nowMs() - oldest.atMs;
    return {
      utilization: all <= 0 ? null : round(Math.min(1, Math.max(0, active / all)), 100),
      utilizationSeconds: round(periodMs / 1_000, 10),
    };
  }

  private sample(): void {
    const { groups, nowMs } = this.options;
    const loops = groups().flatMap(({ threads }) =>
      threads.flatMap(({ threadId, loop }) =>
        threadId === undefined || loop === undefined ? [] : [[threadId, loop] as const],
      ),
    );
    if (this.samples.length === KEPT_SAMPLES) this.samples.shift();
    this.samples.push({ atMs: nowMs(), loops: new Map(loops) });
  }
}

/** @param parts 10: to a tenth */
function round(value: number, parts: number): number {
  return Math.round(value * parts) / parts;
}
