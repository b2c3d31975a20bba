import type { ResourceLimits } from 'node:worker_threads';
import type { GroupPlan, ThreadPlan } from '../pool/index.js';
import { type Seating, sharedThreads } from './seating.js';
import { least } from './thread-term.js';

/** The threads that the seats are on: the shared ones, and those of each entry that has its own. */
export function threadGroups(
  seatings: readonly Seating[],
  threads: number,
  resourceLimits: ResourceLimits,
): readonly GroupPlan[] {
  const shared = sharedThreads(
    seatings.map(({ entry }) => entry),
    threads,
  );
  const places = seatings.flatMap(({ entry, slots }) => slots.map((slot) => ({ slot, heapMb: entry.recycle?.heapMb })));
  const plan = (thread: number): ThreadPlan => {
    const here = places.filter(({ slot }) => slot.thread === thread);
    return { slots: here.map(({ slot }) => slot.spec), heapMb: least(here.map(({ heapMb }) => heapMb)) };
  };
  let next = 0;
  const group = (limits: ResourceLimits, count: number): GroupPlan => ({
    resourceLimits: limits,
    threads: Array.from({ length: count }, () => plan(next++)),
  });
  return [
    ...(shared > 0 ? [group(resourceLimits, shared)] : []),
    ...seatings.flatMap(({ entry }) =>
      entry.threads === undefined ? [] : [group(entry.resourceLimits, entry.threads)],
    ),
  ];
}
