import type { ThreadLimits } from '../config/index.js';
import { type Delivery, least, type SlotLayout, sharedThreads } from '../dispatch/index.js';
import { labelsOf } from '../metrics/index.js';
import type { GroupPlan, ThreadPlan } from '../threads/index.js';

/** The group of the threads that no entry has for itself. */
const SHARED = 'shared';

/** Plans the shared threads, and those of each entry with its own. */
export function threadGroups(
  layouts: readonly SlotLayout[],
  threads: number,
  limits: ThreadLimits,
): readonly GroupPlan<Delivery>[] {
  const shared = sharedThreads(
    layouts.map(({ entry }) => entry),
    threads,
  );
  const hosted = layouts.flatMap(({ entry, slots }) => slots.map((slot) => ({ slot, heapMb: entry.recycle?.heapMb })));
  const plan = (thread: number): ThreadPlan<Delivery> => {
    const here = hosted.filter(({ slot }) => slot.thread === thread);
    return { slots: here.map(({ slot }) => slot), heapMb: least(here.map(({ heapMb }) => heapMb)) };
  };
  let next = 0;
  const group = (name: string, { nice, ...resourceLimits }: ThreadLimits, count: number): GroupPlan<Delivery> => ({
    name,
    resourceLimits,
    nice,
    threads: Array.from({ length: count }, () => plan(next++)),
  });
  const groups = [
    ...(shared > 0 ? [group(SHARED, limits, shared)] : []),
    ...layouts.flatMap(({ entry }) =>
      entry.threads === undefined ? [] : [group(entry.name, entry.resourceLimits, entry.threads)],
    ),
  ];
  // Entries of one class may share their name, and one may be called "shared".
  const names = labelsOf(groups.map(({ name }) => ({ queue: '', name })));
  return groups.map((plans, index) => ({ ...plans, name: names[index] ?? plans.name }));
}
