import type { WorkerSession } from '../../threads/index.js';
import type { Delivery, Slot } from '../delivery.js';
import type { SlotLayout } from '../slots/slot-layout.js';

/** Spreads threads that began together. */
const AGE_JITTER = 0.1;

interface Quota {
  readonly queue: string;
  readonly messages: number;
  readonly slots: readonly Slot[];
}

export type Served = Pick<WorkerSession<Delivery>, 'vitals'>;

/** The first `recycle` limit of its entries ends a thread's term. */
export class ThreadTerm {
  readonly thread: number;
  private readonly quotas: readonly Quota[];
  private readonly ageMs: number | undefined;
  private readonly heapMb: number | undefined;
  private servedBefore: readonly number[] = [];
  private session: Served | undefined;
  private endsAtMs = Number.POSITIVE_INFINITY;

  /** @param layouts those with a slot on the thread */
  constructor(thread: number, layouts: readonly SlotLayout[]) {
    this.thread = thread;
    this.quotas = layouts.flatMap(({ entry: { queue, recycle }, slots }) => {
      const own = slots.filter((slot) => slot.thread === thread);
      return recycle?.messages === undefined ? [] : [{ queue, messages: recycle.messages, slots: own }];
    });
    this.ageMs = least(layouts.map(({ entry }) => entry.recycle?.ageMs));
    this.heapMb = least(layouts.map(({ entry }) => entry.recycle?.heapMb));
  }

  follow(session: Served, nowMs: number, random: () => number): void {
    if (session === this.session) return;
    this.session = session;
    this.servedBefore = this.quotas.map(served);
    this.endsAtMs = nowMs + (this.ageMs ?? Number.POSITIVE_INFINITY) * (1 - AGE_JITTER * random());
  }

  reasonToGo(nowMs: number): string | undefined {
    for (const [index, quota] of this.quotas.entries()) {
      const count = served(quota) - (this.servedBefore[index] ?? 0);
      const { queue, messages } = quota;
      if (count >= messages) return `it has served ${count} messages of "${queue}" (recycle.messages: ${messages})`;
    }
    const overLimitMb = this.session?.vitals.overLimitMb;
    if (overLimitMb !== undefined) {
      return `it uses ${overLimitMb} MiB after a full garbage collection (recycle.heap_mb: ${this.heapMb})`;
    }
    return nowMs >= this.endsAtMs ? `it reached its maximum age (recycle.age: ${this.ageMs} ms)` : undefined;
  }
}

/** Makes the terms of the threads that have limits. */
export function termsOf(layouts: readonly SlotLayout[]): readonly ThreadTerm[] {
  const limited = layouts.filter(({ entry }) => entry.recycle !== undefined);
  const threads = new Set(limited.flatMap(({ slots }) => slots.map(({ thread }) => thread)));
  return [...threads].map((thread) => {
    const here = limited.filter(({ slots }) => slots.some((slot) => slot.thread === thread));
    return new ThreadTerm(thread, here);
  });
}

/** Undefined if no value is defined. */
export function least(values: readonly (number | undefined)[]): number | undefined {
  const set = values.filter((value) => value !== undefined);
  return set.length === 0 ? undefined : Math.min(...set);
}

function served({ slots }: Quota): number {
  return slots.reduce((sum, slot) => sum + slot.served, 0);
}
