import type { Contestant } from '../contestant.js';
import { startDaemon } from '../daemon-process.js';

interface FailingOptions {
  readonly id: string;
  readonly name: string;
  /** File in consumers/. */
  readonly consumer: string;
  /** Keys of the consumer entry. */
  readonly entry?: object;
  readonly judged: boolean;
  /** Another checkout's dist folder. */
  readonly dist?: string;
}

function failing(options: FailingOptions): Contestant {
  const { consumer, entry = {}, dist, id, name, judged } = options;
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
        consumer,
        threads,
        instances,
        entry,
        ...(dist !== undefined && { dist }),
      }),
  };
}

/** The same consumer, and no message fails. */
export const faultless = failing({
  id: 'daemon-faultless',
  name: 'daemon, none fails',
  consumer: 'returns',
  judged: false,
});

/** What fails goes back to its queue at once. */
export const requeues = failing({
  id: 'daemon-requeues',
  name: 'daemon, 1 % back at once',
  consumer: 'fails',
  judged: false,
});

/** What fails waits for a second in a queue of the broker, its copy confirmed before the original is acked. */
export const retries = failing({
  id: 'daemon',
  name: 'daemon, 1 % tried again later',
  consumer: 'fails',
  entry: { retry: { delay: '1s', backoff: 'fixed', jitter: 0 } },
  judged: true,
});
