import { observedHttp } from '../../test/support/daemon/observers.js';
import { controlSocketIn, observe, startCollector } from '../probes/observers.js';
import { startDaemon } from '../processes/daemon-process.js';
import type { Contestant } from './contestant.js';
import { daemonContestant } from './daemon-contestant.js';

const SDK = new URL('../../../benchmark/probes/tracing-sdk.js', import.meta.url).href;

/**
 * The daemon three times: nobody looks at it; with all that an operator can switch on, and one trace in a hundred; the same
 * with a span for each message. The first one is the baseline.
 */
export function observedDaemons(): readonly [Contestant, Contestant, Contestant] {
  return [
    daemonContestant({
      id: 'daemon-unobserved',
      name: 'daemon, unobserved',
      consumerOf: (work) => work,
      file: { summary: 0 },
    }),
    observed({ id: 'daemon', name: 'daemon, observed, 1 % traced', sampled: 0.01, judged: true }),
    observed({ id: 'daemon-traced', name: 'daemon, observed, all traced', sampled: 1, judged: false }),
  ];
}

interface Observed {
  readonly id: string;
  /** For people. */
  readonly name: string;
  /** The share of messages with a span. */
  readonly sampled: number;
  readonly judged: boolean;
}

/** With metrics, a scrape and a `ctl status` each second, summaries, tracing, and an open console. */
function observed(variant: Observed, dist?: string): Contestant {
  const { id, name, sampled, judged } = variant;
  return {
    id: dist === undefined ? id : `${id}@${dist}`,
    name: dist === undefined ? name : `${name}, ${dist}`,
    judged,
    ...(dist === undefined && { fromDist: (distFolder: string) => observed(variant, distFolder) }),
    start: async ({ workload, plan: { url, queue, prefetch, work }, folder, env }) => {
      const collector = await startCollector();
      const daemon = await startDaemon({
        url,
        queue,
        prefetch,
        folder,
        ...(dist !== undefined && { dist }),
        consumer: work,
        threads: workload.threads,
        instances: workload.instances,
        nodeFlags: [`--import=${SDK}`],
        env: { ...env, BENCHMARK_SAMPLED: String(sampled), BENCHMARK_COLLECTOR: collector.url },
        file: {
          http: observedHttp(),
          control: { socket: controlSocketIn(folder) },
          tracing: { enabled: true },
          summary: '1s',
        },
      });
      collector.endWith(daemon);
      observe(daemon, folder);
      return daemon;
    },
  };
}
