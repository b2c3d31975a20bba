import { availableParallelism } from 'node:os';
import type { Contestant } from '../contestants/contestant.js';
import {
  celery,
  coalescingAmqplib,
  daemon,
  daemonInBatches,
  daemonOnThreads,
  failingAmqplib,
  failingDaemons,
  keyedDaemons,
  NODE_PEERS,
  observedDaemons,
  plainAmqplib,
} from '../contestants/index.js';
import type { Workload } from './workload.js';

/** Computing time of one message in `computes`. */
export const HASH_MS = 5;
/** Wait of one message in `awaits`. */
export const AWAIT_MS = 20;
/** Computing time of one message in `fails-busy`. */
const BUSY_MS = 0.1;

const BATCH = 100;
const KEYED = 16;
const [IN_ANY_ORDER, BY_KEY] = keyedDaemons();
const OBSERVED = observedDaemons();
const COMPUTING_THREADS = 2;
const CONCURRENT = 100;

const USUAL = {
  bodyBytes: 200,
  prefetch: 100,
  instances: 1,
  threads: 1,
  messages: 60_000,
  // A daemon runs for days, so what V8 compiles in the first two seconds, in threads of its own, is not measured.
  warmUp: 100_000,
  baseline: plainAmqplib,
  contestants: [plainAmqplib, daemon],
} satisfies Partial<Workload>;

/** Every throughput workload. Add one here. */
export const WORKLOADS: readonly Workload[] = [
  {
    ...USUAL,
    id: 'acks-100',
    title: 'the consumer only acks, prefetch 100',
    work: 'acks',
    contestants: [plainAmqplib, coalescingAmqplib, daemon, ...NODE_PEERS, { ...celery, share: 0.1 }],
    target: { ratio: 1.25, stretch: 1.4 },
  },
  {
    ...USUAL,
    id: 'acks-1000',
    title: 'the consumer only acks, prefetch 1000',
    work: 'acks',
    prefetch: 1000,
    contestants: [plainAmqplib, coalescingAmqplib, daemon],
    target: { ratio: 1.1, stretch: 1.3 },
  },
  ...[1, 4, 16].map(
    (instances): Workload => ({
      ...USUAL,
      id: `returns-${instances}`,
      title: `the consumer returns, ${instances} ${instances === 1 ? 'instance' : 'instances'}`,
      work: 'returns',
      instances,
      target: { ratio: 1.15 },
    }),
  ),
  ...[4, 16].map(
    (instances): Workload => ({
      ...USUAL,
      id: `acks-${instances}`,
      title: `the consumer only acks, ${instances} instances`,
      work: 'acks',
      instances,
      target: { ratio: 1.15 },
    }),
  ),
  {
    ...USUAL,
    id: `acks-4-on-${COMPUTING_THREADS}`,
    title: `the consumer only acks, 4 instances on ${COMPUTING_THREADS} threads`,
    work: 'acks',
    instances: 4,
    threads: COMPUTING_THREADS,
  },
  {
    ...USUAL,
    id: `batches-${BATCH}`,
    title: `the consumer returns, one message at a time or ${BATCH}`,
    work: 'returns',
    // One batch runs while the next one fills.
    prefetch: 2 * BATCH,
    contestants: [plainAmqplib, daemon, daemonInBatches(BATCH)],
  },
  {
    ...USUAL,
    id: `keys-${KEYED}`,
    title: `the consumer returns, ${KEYED} instances, in any order or by the key of a header`,
    work: 'returns',
    instances: KEYED,
    baseline: IN_ANY_ORDER,
    contestants: [IN_ANY_ORDER, BY_KEY],
  },
  {
    ...USUAL,
    id: 'observed',
    title: 'the consumer only acks, 4 instances, with everything an operator can switch on or nothing of it',
    work: 'acks',
    instances: 4,
    // Several seconds, so that all who look come several times in each slice.
    messages: 200_000,
    slices: 4,
    // One message in a hundred has a span, so V8 compiles that code late.
    warmUp: 400_000,
    baseline: OBSERVED[0],
    contestants: OBSERVED,
    target: { ratio: 0.98 },
  },
  {
    ...USUAL,
    id: 'body-10k',
    title: 'bodies of 10 kB, the consumer only acks',
    work: 'acks',
    bodyBytes: 10_000,
    messages: 40_000,
    warmUp: 20_000,
    target: { ratio: 1 },
  },
  {
    ...USUAL,
    id: 'body-100k',
    title: 'bodies of 100 kB, the consumer only acks',
    work: 'acks',
    bodyBytes: 100_000,
    messages: 10_000,
    warmUp: 4_000,
    target: { ratio: 0.9 },
  },
  {
    ...USUAL,
    id: 'computes',
    title: `the consumer computes for ${HASH_MS} ms, ${COMPUTING_THREADS} threads`,
    work: 'hashes',
    instances: COMPUTING_THREADS,
    threads: COMPUTING_THREADS,
    messages: 600,
    warmUp: 200,
    contestants: [plainAmqplib, daemon, ...otherThreadCounts().map(daemonOnThreads), celery],
    target: { ratio: 1.8 },
  },
  {
    ...USUAL,
    id: 'awaits',
    title: `the consumer waits for ${AWAIT_MS} ms, ${CONCURRENT} instances`,
    work: 'awaits',
    instances: CONCURRENT,
    // Twice the instances, so a free one finds its next message here. Plain amqplib is left out: only the prefetch limits it, and
    // the ideal rate is known.
    prefetch: 2 * CONCURRENT,
    contestants: [daemon],
    messages: 12_500,
    warmUp: 2_500,
    baseline: (CONCURRENT / AWAIT_MS) * 1000,
    target: { ratio: 0.95 },
  },
  {
    ...USUAL,
    id: 'republishes',
    title: `the consumer publishes with confirms, then acks, ${CONCURRENT} instances`,
    work: 'republishes',
    instances: CONCURRENT,
    messages: 30_000,
    warmUp: 30_000,
    target: { ratio: 1 },
  },
  ...[0, BUSY_MS].map((busyMs): Workload => {
    const daemons = failingDaemons(busyMs);
    const does = busyMs === 0 ? 'the consumer returns' : `the consumer works for ${busyMs} ms`;
    return {
      ...USUAL,
      id: busyMs === 0 ? 'fails' : 'fails-busy',
      title: `${does}, one message in a hundred fails and is tried again after a second, 4 instances`,
      work: 'returns',
      instances: 4,
      messages: 100_000,
      // Failures are rare, so their code is compiled late.
      warmUp: busyMs === 0 ? 100_000 : 10_000,
      baseline: daemons[0],
      // Beside a bare loop we see what the daemon adds. Where the work outweighs both, the comparison says nothing.
      contestants: busyMs === 0 ? [...daemons, ...failingAmqplib] : daemons,
      target: { ratio: 0.9 },
    };
  }),
];

/** One thread, and one for each core. */
function otherThreadCounts(): number[] {
  return [...new Set([1, availableParallelism()])].filter((threads) => threads !== COMPUTING_THREADS);
}

/** The contestants of a workload, with those of a second version of the daemon. */
export function contestantsOf({ contestants }: Workload, otherDist?: string): readonly Contestant[] {
  if (otherDist === undefined) return contestants;
  const others = contestants.map((contestant) => contestant.fromDist?.(otherDist));
  return [...contestants, ...others.filter((other) => other !== undefined)];
}
