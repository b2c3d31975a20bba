import { observedHttp } from '../../test/support/daemon/observers.js';
import { controlSocketIn, observe, startCollector } from '../probes/observers.js';
import { startDaemon } from '../processes/daemon-process.js';
import type { Contestant } from './contestant.js';
import { daemonContestant } from './daemon-contestant.js';

const SDK = new URL('../../../benchmark/probes/tracing-sdk.js', import.meta.url).href;

/**
 * The daemon four times: nobody looks at it, which is the baseline; with all that an operator can switch on, without
 * traces, with one trace in a hundred, and with a span for each message.
 */
export function observedDaemons(): readonly [Contestant, ...Contestant[]] {
  return [
    daemonContestant({
      id: 'daemon-unobserved',
      name: 'daemon, unobserved',
      consumerOf: (work) => work,
      file: { summary: 0 },
    }),
    observed({ id: 'daemon-untraced', name: 'daemon, observed, untraced', judged: false }),
    observed({ id: 'daemon', name: 'daemon, observed, 1 % traced', sampled: 0.01, judged: true }),
    observed({ id: 'daemon-traced', name: 'daemon, observed, all traced', sampled: 1, judged: false }),
  ];
}

interface Observed {
  readonly id: string;
  /** For people. */
  readonly name: string;
  /** The share of messages with a span; absent: no tracing. */
  readonly sampled?: number;
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
      const collector = sampled === undefined ? undefined : await startCollector();
      const daemon = await startDaemon({
        url,
        queue,
        prefetch,
        folder,
        ...(dist !== undefined && { dist }),
        consumer: work,
        threads: workload.threads,
        instances: workload.instances,
        ...(collector && { nodeFlags: [`--import=${SDK}`] }),
        env: { ...env, ...(collector && { BENCHMARK_COLLECTOR: collector.url }) },
        file: {
          http: observedHttp(),
          control: { socket: controlSocketIn(folder) },
          ...(collector && { tracing: { sample_ratio: sampled } }),
          summary: '1s',
        },
      });
      collector?.endWith(daemon);
      observe(daemon, folder);
      return daemon;
    },
  };
}
