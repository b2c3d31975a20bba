import { startDaemon } from '../processes/daemon-process.js';
import type { MeasuredProcess } from '../processes/measured-process.js';
import type { Work } from '../workloads/work-plan.js';
import type { BenchmarkMessage, Contestant } from './contestant.js';

/** How one daemon contestant differs from another. */
export interface DaemonVariant {
  readonly id: string;
  /** For people. */
  readonly name: string;
  readonly judged?: boolean;
  /** This many threads with one instance each, instead of the workload's. */
  readonly threads?: number;
  /** File in consumers/, without its ending. */
  readonly consumerOf: (work: Work) => string;
  /** More keys of the consumer entry. */
  readonly entry?: object;
  /** More keys of the file. */
  readonly file?: object;
  /** Called with the process that consumes. */
  readonly onStarted?: (process: MeasuredProcess) => void;
  /** Makes one message. Default: plain bytes. */
  readonly makeMessage?: (bodyBytes: number) => BenchmarkMessage;
}

/** @param dist another checkout's dist folder; default: this checkout's */
export function daemonContestant(variant: DaemonVariant, dist?: string): Contestant {
  const { id, name, judged, threads, consumerOf, entry, file, onStarted, makeMessage } = variant;
  return {
    id: dist === undefined ? id : `${id}@${dist}`,
    name: dist === undefined ? name : `${name}, ${dist}`,
    ...(judged !== undefined && { judged }),
    ...(makeMessage !== undefined && { makeMessage }),
    ...(dist === undefined && { fromDist: (distFolder: string) => daemonContestant(variant, distFolder) }),
    start: async ({ workload, plan: { url, queue, prefetch, work }, folder, env }) => {
      const process = await startDaemon({
        url,
        queue,
        prefetch,
        folder,
        env,
        consumer: consumerOf(work),
        threads: threads ?? workload.threads,
        instances: threads ?? workload.instances,
        ...(entry !== undefined && { entry }),
        ...(file !== undefined && { file }),
        ...(dist !== undefined && { dist }),
      });
      onStarted?.(process);
      return process;
    },
  };
}
