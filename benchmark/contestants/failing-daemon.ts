import type { Contestant } from '../contestant.js';
import { startDaemon } from '../daemon-process.js';

/** One message in so many fails. */
const EVERY = 100;
const NEVER = Number.MAX_SAFE_INTEGER;

interface FailingOptions {
  readonly id: string;
  readonly name: string;
  /** One message in so many fails. */
  readonly every: number;
  /** What each message takes of the thread, in milliseconds. */
  readonly busyMs: number;
  /** More keys of the consumer entry. */
  readonly entry?: object;
  readonly judged: boolean;
  /** Another checkout's dist folder. */
  readonly dist?: string;
}

function failing(options: FailingOptions): Contestant {
  const { every, busyMs, entry, dist, id, name, judged } = options;
  return {
    id: `${id}${dist === undefined ? '' : `@${dist}`}`,
    name: `${name}${dist === undefined ? '' : `, ${dist}`}`,
    judged,
    ...(dist === undefined && { elsewhere: (folder: string) => failing({ ...options, dist: folder }) }),
    start: async ({ workload: { threads, instances }, plan: { url, queue, prefetch }, folder, env }) =>
      startDaemon({
        url,
        queue,
        prefetch,
        folder,
        env,
        consumer: 'fails',
        threads,
        instances,
        entry: { ...entry, options: { every, busyMs } },
        ...(dist !== undefined && { dist }),
      }),
  };
}

/**
 * The daemon with the same consumer three times: none fails, one in a hundred goes back at once, one in a hundred waits for a
 * second in a queue of the broker, its copy confirmed before the original is acked. The first is the baseline.
 */
export function failingDaemons(busyMs: number): readonly [Contestant, ...Contestant[]] {
  return [
    failing({ id: 'daemon-faultless', name: 'daemon, none fails', every: NEVER, busyMs, judged: false }),
    failing({ id: 'daemon-requeues', name: 'daemon, 1 % back at once', every: EVERY, busyMs, judged: false }),
    failing({
      id: 'daemon',
      name: 'daemon, 1 % tried again later',
      every: EVERY,
      busyMs,
      entry: { retry: { delay: '1s', backoff: 'fixed', jitter: 0 } },
      judged: true,
    }),
  ];
}
