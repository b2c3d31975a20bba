import { getPriority, setPriority } from 'node:os';
import { workerData } from 'node:worker_threads';
import type { ThreadData } from '../src/bridge/index.js';

/** The lowest priority that Linux has. */
const LOWEST = 19;

/** Before the session's modules load, so that many threads that start at once leave the main thread a processor, too. */
function lowerPriority({ nice }: ThreadData): void {
  if (nice === 0) return;
  try {
    // Of this thread alone: setpriority(2), "BUGS".
    setPriority(Math.min(LOWEST, getPriority() + nice));
  } catch {
    // A sandbox may deny it. The threads then compete as equals.
  }
}

lowerPriority(workerData);

/**
 * CommonJS, because Piscina requires this file, and Node.js aborts the process when a thread ends while it requires an
 * ES module ("IsGraphAsync must be used on an instantiated module"; seen on 20.20).
 */
module.exports = { session: import('./session.js').then(({ session }) => session) };
