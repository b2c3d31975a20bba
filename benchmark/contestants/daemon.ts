import type { Contestant } from '../contestant.js';
import { startDaemon } from '../daemon-process.js';

interface DaemonOptions {
  /** Instead of the workload's own threads and instances: so many threads with one instance each. */
  readonly threads?: number;
  /** Another checkout's dist folder. */
  readonly dist?: string;
}

function daemonWith({ threads, dist }: DaemonOptions): Contestant {
  const part = threads === undefined ? '' : `-${threads}`;
  const words = threads === undefined ? '' : `, ${threads} ${threads === 1 ? 'thread' : 'threads'}`;
  return {
    id: `daemon${part}${dist === undefined ? '' : `@${dist}`}`,
    name: `daemon${words}${dist === undefined ? '' : `, ${dist}`}`,
    judged: threads === undefined,
    ...(dist === undefined && {
      elsewhere: (distFolder: string) => daemonWith({ ...(threads !== undefined && { threads }), dist: distFolder }),
    }),
    start: async ({ workload, plan: { url, queue, prefetch, work }, folder, env }) =>
      startDaemon({
        url,
        queue,
        prefetch,
        folder,
        env,
        consumer: work,
        threads: threads ?? workload.threads,
        instances: threads ?? workload.instances,
        ...(dist !== undefined && { dist }),
      }),
  };
}

/** With a consumer that takes batches of so many messages, beside the one that takes them one by one. */
export function daemonInBatches(batchSize: number, dist?: string): Contestant {
  return {
    id: `daemon-batches-${batchSize}${dist === undefined ? '' : `@${dist}`}`,
    name: `daemon, batches of ${batchSize}${dist === undefined ? '' : `, ${dist}`}`,
    ...(dist === undefined && { elsewhere: (distFolder: string) => daemonInBatches(batchSize, distFolder) }),
    start: async ({ workload: { threads, instances }, plan: { url, queue, prefetch, work }, folder, env }) =>
      startDaemon({
        url,
        queue,
        prefetch,
        folder,
        env,
        threads,
        instances,
        entry: { batch: { size: batchSize } },
        consumer: `${work}-batch`,
        ...(dist !== undefined && { dist }),
      }),
  };
}

/** With the threads and instances that the workload names. */
export const daemon = daemonWith({});

/** With so many threads and as many instances, to see what a thread adds. */
export function daemonOnThreads(threads: number): Contestant {
  return daemonWith({ threads });
}
