import type { Contestant } from '../contestant.js';
import { startDaemon } from '../daemon-process.js';

/** The daemon with one thread and one instance: like against like. */
function daemonWith(consumer: string, name: string): Contestant {
  return {
    name,
    start: ({ url, queue, prefetch, folder, env }) =>
      startDaemon({ url, queue, prefetch, folder, env, consumer, threads: 1 }),
  };
}

export const daemonThatAcks = daemonWith('acks', 'daemon, await amqp.ack()');
export const daemonThatReturns = daemonWith('returns', 'daemon, returning acks');
