import type { Contestant, StockMessage } from './contestant.js';
import { type DaemonVariant, daemonContestant } from './daemon-contestant.js';

/** How many keys the messages have, by turns. */
const KEYS = 1_000;

/**
 * The daemon with the same messages twice, each with a header that says whose it is: in any order, and in the order of each
 * user's. The first is the baseline.
 */
export function keyedDaemons(): readonly [Contestant, Contestant] {
  return [
    keyed({ id: 'daemon-in-any-order', name: 'daemon, in any order' }),
    keyed({ id: 'daemon', name: 'daemon, by key', judged: true, entry: { partition_by: 'header.user_id' } }),
  ];
}

function keyed(variant: Omit<DaemonVariant, 'consumerOf' | 'makeMessage'>): Contestant {
  let sent = 0;
  const makeMessage = (bodyBytes: number): StockMessage => ({
    body: Buffer.alloc(bodyBytes, 'x'),
    options: { headers: { user_id: `user ${sent++ % KEYS}` } },
  });
  return daemonContestant({ ...variant, consumerOf: (work) => work, makeMessage });
}
