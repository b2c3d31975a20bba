import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

let collect: (() => void) | undefined;

/** Collects this thread's garbage. V8 has the call behind a flag, which new contexts see. */
export function collectGarbage(): void {
  collect ??= findCollector();
  collect();
  // Only the second frees the Buffers that the first found dead.
  collect();
}

function findCollector(): () => void {
  setFlagsFromString('--expose-gc');
  const found: unknown = runInNewContext('gc');
  // Without it, garbage counts, and threads are replaced too early.
  return isFunction(found) ? () => void found() : () => undefined;
}

function isFunction(value: unknown): value is () => unknown {
  return typeof value === 'function';
}
