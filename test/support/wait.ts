import { setTimeout as sleep } from 'node:timers/promises';

export interface WaitOptions {
  /** Milliseconds until the wait fails. Default 20,000. */
  readonly timeoutMs?: number;
  /** The awaited condition, for the error: `'the queue to be empty'`. A function is called on the timeout. */
  readonly what: string | (() => string);
  /** Milliseconds between two looks. Default 20. */
  readonly everyMs?: number;
}

/** Resolves with the first value of `condition` that is neither undefined, null nor false; a throw ends the wait. */
export async function waitFor<T>(
  condition: () => T | Promise<T>,
  { timeoutMs = 20_000, what, everyMs = 20 }: WaitOptions,
): Promise<NonNullable<Exclude<T, false>>> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const value = await condition();
    if (isMet(value)) return value;
    if (performance.now() > deadline) {
      const awaited = typeof what === 'function' ? what() : what;
      throw new Error(`waited ${timeoutMs} ms for ${awaited}`);
    }
    await sleep(everyMs);
  }
}

function isMet<T>(value: T): value is NonNullable<Exclude<T, false>> {
  return value !== undefined && value !== null && value !== false;
}
