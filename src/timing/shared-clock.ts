/**
 * A clock that all threads of the process share: `performance.now()` counts from the start of its own thread, and
 * `process.hrtime` from one moment for all.
 */
const OFFSET_MS = Number(process.hrtime.bigint()) / 1e6 - performance.now();

/** From `performance.now()` of this thread. */
export function toSharedMs(ownMs: number): number {
  return ownMs + OFFSET_MS;
}

/** To `performance.now()` of this thread. */
export function fromSharedMs(sharedMs: number): number {
  return sharedMs - OFFSET_MS;
}
