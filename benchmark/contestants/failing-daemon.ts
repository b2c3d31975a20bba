import type { Contestant } from './contestant.js';
import { type DaemonVariant, daemonContestant } from './daemon-contestant.js';
import { nodeProgram } from './node-program.js';

/** One message in so many fails. */
const EVERY = 100;
const NEVER = Number.MAX_SAFE_INTEGER;

interface FailingOptions extends Omit<DaemonVariant, 'consumerOf'> {
  /** One message in so many fails. */
  readonly every: number;
  /** What each message takes of the thread, in milliseconds. */
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
  /** Acks what failed before its copy is confirmed: a crash of the broker between the two loses it. */
  readonly hastily?: boolean;
}

function failingByHand({ id, name, every, hastily = false }: ByHandOptions): Contestant {
  return { id, name, start: nodeProgram('retrying-amqplib', String(every), String(hastily)) };
}

/**
 * What one writes by hand for the same: a bare loop, without threads, instances, a log or a count of attempts. What it loses is
 * the broker's work for a copy and its way back, and what it costs to ack around a message that is open; the hasty one loses
 * the former alone.
 */
export const failingAmqplib: readonly Contestant[] = [
  failingByHand({ id: 'amqplib-faultless', name: 'amqplib by hand, none fails', every: NEVER }),
  failingByHand({ id: 'amqplib-retries', name: 'amqplib by hand, 1 % tried again later', every: EVERY }),
  failingByHand({ id: 'amqplib-hasty', name: 'amqplib by hand, acked too early', every: EVERY, hastily: true }),
];

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
