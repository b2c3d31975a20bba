import { createHash } from 'node:crypto';
import { performance } from 'node:perf_hooks';

const BLOCK = Buffer.alloc(64 * 1024, 'x');

const PROBE_ROUNDS = 50;
const PROBES = 20;

/**
 * Real work of a fixed amount: a loop that waits for a clock would be done in time however little processor it got. The
 * Celery contestant hashes the same blocks by the same library.
 */
export function hash(rounds: number): void {
  for (let round = 0; round < rounds; round++) createHash('sha256').update(BLOCK).digest();
}

/** How many rounds take so long on this machine; asked once, by the harness, for all contestants. */
export function calibrateHashing(targetMs: number): number {
  hash(PROBE_ROUNDS);
  const timesMs = Array.from({ length: PROBES }, () => {
    const startedAt = performance.now();
    hash(PROBE_ROUNDS);
    return performance.now() - startedAt;
  });
  // The quickest probe: the others were interrupted.
  return Math.max(1, Math.round((targetMs / Math.min(...timesMs)) * PROBE_ROUNDS));
}
