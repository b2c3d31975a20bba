import type { BenchmarkMessage, Contestant } from './contestant.js';
import { type DaemonVariant, daemonContestant } from './daemon-contestant.js';

/** The messages cycle through this many keys. */
const KEYS = 1_000;

/**
 * The daemon twice with the same messages, whose header names a user: in any order, and in order per user. The first one is
 * the baseline.
 */
export function keyedDaemons(): readonly [Contestant, Contestant] {
  return [
    keyed({ id: 'daemon-in-any-order', name: 'daemon, in any order' }),
    keyed({ id: 'daemon', name: 'daemon, by key', judged: true, entry: { partition_by: 'header.user_id' } }),
  ];
}

function keyed(variant: Omit<DaemonVariant, 'consumerOf' | 'makeMessage'>): Contestant {
  let sent = 0;
  const makeMessage = (bodyBytes: number): BenchmarkMessage => ({
    body: Buffer.alloc(bodyBytes, 'x'),
    options: { headers: { user_id: `user ${sent++ % KEYS}` } },
  });
  return daemonContestant({ ...variant, consumerOf: (work) => work, makeMessage });
}
