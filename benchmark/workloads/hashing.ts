import { createHash } from 'node:crypto';
import { performance } from 'node:perf_hooks';

const BLOCK = Buffer.alloc(64 * 1024, 'x');

const PROBE_ROUNDS = 50;
const PROBES = 20;

/**
 * A fixed amount of work: a loop that watches a clock would end on time however little processor it got. The Celery worker
 * hashes the same blocks with the same library.
 */
export function hash(rounds: number): void {
  for (let round = 0; round < rounds; round++) createHash('sha256').update(BLOCK).digest();
}

/** How many rounds take this long here. The harness asks once, for all contestants. */
export function calibrateHashing(targetMs: number): number {
  hash(PROBE_ROUNDS);
  const timesMs = Array.from({ length: PROBES }, () => {
    const startedAt = performance.now();
    hash(PROBE_ROUNDS);
    return performance.now() - startedAt;
  });
  // The quickest one: the others were interrupted.
  return Math.max(1, Math.round((targetMs / Math.min(...timesMs)) * PROBE_ROUNDS));
}
