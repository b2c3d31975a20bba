import type { GroupStatus } from '../threads/index.js';

/** Why a thread ended before the daemon did. */
export const END_REASONS = ['crash', 'out_of_memory', 'timeout', 'recycle'] as const;
export type EndReason = (typeof END_REASONS)[number];

type Ends = Record<EndReason, number>;

/** Counts the ends of threads by group, and measures how busy the threads are between two scrapes. */
export class ThreadMetrics {
  private readonly ends: ReadonlyMap<string, Ends>;
  private readonly groupOf: readonly string[];
  private readonly before = new Map<string, { active: number; idle: number; utilization: number }>();

  /** @param groupOf the name of each thread's group, by its number */
  constructor(groupOf: readonly string[]) {
    this.groupOf = groupOf;
    this.ends = new Map(
      groupOf.map((group) => [group, { crash: 0, out_of_memory: 0, timeout: 0, recycle: 0 } satisfies Ends]),
    );
  }

  died(thread: number, cause: Error): void {
    this.ended(thread, endReason(cause));
  }

  recycled(thread: number): void {
    this.ended(thread, 'recycle');
  }

  endsOf(group: string): Ends | undefined {
    return this.ends.get(group);
  }

  /** From 0 to 1: the mean of the group's threads since the last call. */
  utilization({ name, loops }: GroupStatus): number {
    const active = loops.reduce((sum, loop) => sum + loop.active, 0);
    const idle = loops.reduce((sum, loop) => sum + loop.idle, 0);
    const before = this.before.get(name) ?? { active: 0, idle: 0, utilization: 0 };
    const busy = active - before.active;
    const waited = idle - before.idle;
    // The sums shrink when a thread ends, and stand still for a second scrape at the same moment.
    const isUnknown = busy < 0 || waited < 0 || busy + waited === 0;
    const utilization = isUnknown ? before.utilization : busy / (busy + waited);
    this.before.set(name, { active, idle, utilization });
    return utilization;
  }

  private ended(thread: number, reason: EndReason): void {
    const ends = this.ends.get(this.groupOf[thread] ?? '');
    if (ends !== undefined) ends[reason]++;
  }
}

function endReason(cause: Error): EndReason {
  const code = 'code' in cause ? cause.code : undefined;
  if (code === 'DELIVERY_TIMEOUT' || code === 'DELIVERY_ABORTED') return 'timeout';
  return code === 'ERR_WORKER_OUT_OF_MEMORY' || /out of memory/i.test(cause.message) ? 'out_of_memory' : 'crash';
}
