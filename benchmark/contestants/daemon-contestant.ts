import { startDaemon } from '../processes/daemon-process.js';
import type { Work } from '../workloads/work-plan.js';
import type { Contestant, StockMessage } from './contestant.js';

/** What one daemon differs in from another. */
export interface DaemonVariant {
  readonly id: string;
  /** For people. */
  readonly name: string;
  readonly judged?: boolean;
  /** Instead of the workload's own threads and instances: so many threads with one instance each. */
  readonly threads?: number;
  /** File in consumers/, without its ending. */
  readonly consumerOf: (work: Work) => string;
  /** More keys of the consumer entry. */
  readonly entry?: object;
  /** Makes one of its messages, where plain bytes are not enough. */
  readonly makeMessage?: (bodyBytes: number) => StockMessage;
}

/** @param dist another checkout's dist folder; default: this one */
export function daemonContestant(variant: DaemonVariant, dist?: string): Contestant {
  const { id, name, judged, threads, consumerOf, entry, makeMessage } = variant;
  return {
    id: dist === undefined ? id : `${id}@${dist}`,
    name: dist === undefined ? name : `${name}, ${dist}`,
    ...(judged !== undefined && { judged }),
    ...(makeMessage !== undefined && { makeMessage }),
    ...(dist === undefined && { elsewhere: (distFolder: string) => daemonContestant(variant, distFolder) }),
    start: async ({ workload, plan: { url, queue, prefetch, work }, folder, env }) =>
      startDaemon({
        url,
        queue,
        prefetch,
        folder,
        env,
        consumer: consumerOf(work),
        threads: threads ?? workload.threads,
        instances: threads ?? workload.instances,
        ...(entry !== undefined && { entry }),
        ...(dist !== undefined && { dist }),
      }),
  };
}
