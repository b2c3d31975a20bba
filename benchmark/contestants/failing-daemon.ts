import type { Contestant } from './contestant.js';
import { type DaemonVariant, daemonContestant } from './daemon-contestant.js';
import { nodeProgram } from './node-program.js';

/** One message in so many fails. */
const EVERY = 100;
const NEVER = Number.MAX_SAFE_INTEGER;

interface FailingOptions extends Omit<DaemonVariant, 'consumerOf'> {
  /** One message in so many fails. */
  readonly every: number;
  /** Computing time of each message, in milliseconds. */
  readonly busyMs: number;
}

function failing({ every, busyMs, entry, ...variant }: FailingOptions): Contestant {
  return daemonContestant({ ...variant, consumerOf: () => 'fails', entry: { ...entry, options: { every, busyMs } } });
}

interface ByHandOptions {
  readonly id: string;
  readonly name: string;
  /** One message in so many fails. */
  readonly every: number;
  /** Acks a failed message before its copy is confirmed, so a crash of the broker in between loses it. */
  readonly hastily?: boolean;
}

function failingByHand({ id, name, every, hastily = false }: ByHandOptions): Contestant {
  return { id, name, start: nodeProgram('retrying-amqplib', String(every), String(hastily)) };
}

/**
 * A bare loop by hand, without threads, instances, a log or a count of attempts. It shows what retries cost the broker (the
 * copy and its way back) and what it costs to ack around an open message; the hasty one shows only the former.
 */
export const failingAmqplib: readonly Contestant[] = [
  failingByHand({ id: 'amqplib-faultless', name: 'amqplib by hand, none fails', every: NEVER }),
  failingByHand({ id: 'amqplib-retries', name: 'amqplib by hand, 1 % tried again later', every: EVERY }),
  failingByHand({ id: 'amqplib-hasty', name: 'amqplib by hand, acked too early', every: EVERY, hastily: true }),
];

/**
 * The daemon three times with the same consumer: none fails, one in a hundred is requeued, one in a hundred waits for a second
 * in a queue of the broker. The copy is confirmed before the original is acked. The first one is the baseline.
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
