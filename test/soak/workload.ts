import { fixture } from '../support/daemon/fixture.js';
import { observedHttp } from '../support/daemon/observers.js';
import type { FaultSchedule } from '../support/ledger/fault-schedule.js';
import type { LoadMessage } from '../support/ledger/load-publisher.js';

/** The queues and their consumers in test/fixtures/soak.mjs. */
const CONSUMERS = [
  { queue: 'soak-acks', consumer: 'Acks', options: {} },
  { queue: 'soak-waits', consumer: 'Waits', options: {} },
  { queue: 'soak-computes', consumer: 'Computes', options: {} },
  // Republished to another queue, where it is consumed as a new message.
  { queue: 'soak-forwards', consumer: 'Forwards', options: { to: 'soak-acks' } },
] as const;

const PREFETCH = 20;
const LARGEST = 256 * 1024;
/** Sizes of a hundred messages; the remaining one has the largest size. */
const SIZES: readonly { readonly upTo: number; readonly of100: number }[] = [
  { upTo: 0, of100: 10 },
  { upTo: 200, of100: 50 },
  { upTo: 8 * 1024, of100: 36 },
  { upTo: 64 * 1024, of100: 3 },
];
const HEADERS = { trace: '4bf92f3577b34da6', attempt: 1, nested: { list: [1, 'two', 3.5], flag: true } };

/** The queues, each with one subscription. */
export const QUEUES: readonly string[] = CONSUMERS.map(({ queue }) => queue);

/** Messages that may be delivered and unacked at one moment. */
export const IN_FLIGHT = PREFETCH * QUEUES.length;

/** The daemon's configuration. */
export function configuration(): object {
  return {
    queues: QUEUES.map((queue) => ({ queue })),
    consumers: CONSUMERS.map(({ queue, consumer, options }) => ({
      consumer: `${fixture('soak.mjs')}:${consumer}`,
      queue,
      // One on each thread, so a thread that dies slows the queue and does not stop it.
      consumer_count: 2,
      prefetch_count: PREFETCH,
      options,
    })),
    connection: { reconnect_delay_max: '2s', stall_timeout: '2s' },
    http: observedHttp(),
    // A thread that eats memory dies within a second.
    resource_limits: { max_old_generation_mb: 64 },
  };
}

/** The queue of a message by its number; undefined for those that the daemon republished. */
export function queueIndexOf(number: number): number | undefined {
  return number < FIRST_ONWARD ? number % QUEUES.length : undefined;
}

const FIRST_ONWARD = 1_000_000_000;

/** Makes bodies of every size, empty ones included, and extra headers on every third message. */
export function composeBy(random: FaultSchedule): (number: number) => LoadMessage {
  const stuff = Buffer.alloc(LARGEST, 'amqp');
  return (number) => {
    const bytes = sizeBy(random);
    return {
      queue: QUEUES[number % QUEUES.length] ?? '',
      body: stuff.subarray(0, bytes),
      properties: { headers: { bytes, ...(number % 3 === 0 && HEADERS) } },
    };
  };
}

function sizeBy(random: FaultSchedule): number {
  let lot = random.between(1, 100);
  for (const { upTo, of100 } of SIZES) {
    if (lot <= of100) return random.between(0, upTo);
    lot -= of100;
  }
  return LARGEST;
}
