import type { Counts } from './census.js';

export interface Excess {
  readonly name: string;
  readonly before: number;
  readonly after: number;
}

/**
 * Nothing may grow, but for what comes once and late, and stays: code that Node.js and the libraries load at the first
 * fault of a kind brings functions and maps with it, and a controller makes its signal when it is first asked for it.
 * Faults and messages are many, so a leak of one for each stands out all the same; ours is counted to the last entry.
 */
const TOLERANCE: Readonly<Record<string, number>> = {
  AbortSignal: 4,
  Promise: 5,
  Function: 20,
  'Map and Set entries': 200,
  // A thread knows the segments that are kept for the next messages; their number is bounded (message-memory.ts).
  'ThreadLink.segments': 600,
  // Of those that are kept: 16 MiB in segments of 64 KiB, and a list for each size. One that a message holds shows as the message.
  Segment: 300,
  'MessageMemory.empty': 40,
};

/** What there is more of than before, and more than can be explained. */
export function excess(before: Counts, after: Counts): Excess[] {
  return Object.entries(after).flatMap(([name, count]) => {
    const was = before[name] ?? 0;
    return count - was > (TOLERANCE[name] ?? 0) ? [{ name, before: was, after: count }] : [];
  });
}
