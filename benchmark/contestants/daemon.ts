import type { Contestant } from './contestant.js';
import { daemonContestant } from './daemon-contestant.js';

/** With the threads and instances that the workload names. */
export const daemon = daemonContestant({ id: 'daemon', name: 'daemon', judged: true, consumerOf: (work) => work });

/** With as many instances as threads, to see what a thread adds. */
export function daemonOnThreads(threads: number): Contestant {
  return daemonContestant({
    id: `daemon-${threads}`,
    name: `daemon, ${threads} ${threads === 1 ? 'thread' : 'threads'}`,
    judged: false,
    threads,
    consumerOf: (work) => work,
  });
}

/** With a consumer that takes batches of messages. */
export function daemonInBatches(batchSize: number): Contestant {
  return daemonContestant({
    id: `daemon-batches-${batchSize}`,
    name: `daemon, batches of ${batchSize}`,
    entry: { batch: { size: batchSize } },
    consumerOf: (work) => `${work}-batch`,
  });
}
