import type { Counts } from './census.js';

export interface Excess {
  readonly name: string;
  readonly before: number;
  readonly after: number;
}

/**
 * Nothing may grow, except for objects created once, late, and kept: code that Node.js and the libraries load at the first
 * fault of a kind brings functions and maps, and a controller creates its signal when it is first read.
 * Faults and messages are many, so a leak of one for each still stands out. Our own classes are counted exactly.
 */
const TOLERANCE: Readonly<Record<string, number>> = {
  AbortSignal: 4,
  Promise: 5,
  Function: 20,
  'Map and Set entries': 200,
  // Each thread knows the segments kept for reuse, whose number is bounded (message-memory.ts).
  'ThreadLink.segments': 600,
  // Segments kept for reuse: 16 MiB in segments of 64 KiB, and a list for each size. A held segment shows as its message.
  Segment: 300,
  'MessageMemory.empty': 40,
};

/** The counts that exceed the earlier ones by more than the tolerance. */
export function excess(before: Counts, after: Counts): Excess[] {
  return Object.entries(after).flatMap(([name, count]) => {
    const was = before[name] ?? 0;
    return count - was > (TOLERANCE[name] ?? 0) ? [{ name, before: was, after: count }] : [];
  });
}
