import { LOSS_REASONS } from '../../broker/index.js';
import { THREAD_STATES } from '../../threads/index.js';
import { PUBLISH_RESULTS, ROLES } from '../broker-metrics.js';
import { END_REASONS } from '../thread-metrics.js';
import { counter, type Family, gauge, histogram } from './exposition.js';
import type { MetricSources } from './families.js';

const BYTES_PER_MB = 1024 * 1024;

/** Of the connections, the threads and the process. */
export function daemonFamilies(sources: MetricSources): readonly Family[] {
  return [...brokerFamilies(sources), ...threadFamilies(sources), ...processFamilies(sources)];
}

function brokerFamilies({ broker, connection, publisher }: MetricSources): Family[] {
  const isConnected = { consumer: connection.isConnected, publisher: publisher.isConnected };
  return [
    counter(
      'publishes',
      'Publishes by result; lost ones may have arrived',
      PUBLISH_RESULTS.map((result) => ({ labels: { result }, value: broker.publishes[result] })),
    ),
    counter(
      'connections_lost',
      'Connections lost',
      ROLES.map((role) => ({ labels: { role }, value: broker.connectionsLost[role] })),
    ),
    counter(
      'resubscriptions',
      'Subscriptions renewed on a living connection',
      LOSS_REASONS.map((reason) => ({ labels: { reason }, value: broker.resubscriptions[reason] })),
    ),
    gauge(
      'connected',
      '1 while connected; the publisher connects at the first publish',
      ROLES.map((role) => ({ labels: { role }, value: isConnected[role] ? 1 : 0 })),
    ),
    gauge('publish_blocked', '1 while the broker accepts no publishes', [
      { labels: {}, value: publisher.isBlocked ? 1 : 0 },
    ]),
    histogram('publish_confirm_seconds', 'Time from a publish to its confirm', [
      { labels: {}, value: broker.confirm.read() },
    ]),
  ];
}

function threadFamilies({ threads, groups }: MetricSources): Family[] {
  const all = groups();
  return [
    counter(
      'threads_ended',
      'Worker threads that ended while the daemon ran',
      all.flatMap(({ name: group }) => {
        const ends = threads.endsOf(group);
        return END_REASONS.map((reason) => ({ labels: { group, reason }, value: ends?.[reason] ?? 0 }));
      }),
    ),
    gauge(
      'threads',
      'Worker threads by state',
      all.flatMap(({ name: group, threads: own }) =>
        THREAD_STATES.map((state) => ({
          labels: { group, state },
          value: own.filter((thread) => thread.state === state).length,
        })),
      ),
    ),
    gauge(
      'thread_heap_bytes',
      'Heap in use of the largest thread',
      all.map(({ name: group, threads: own }) => ({
        labels: { group },
        value: Math.max(0, ...own.map(({ heap }) => (heap?.usedMb ?? 0) * BYTES_PER_MB)),
      })),
    ),
    gauge(
      'thread_utilization_ratio',
      'Share of the time since the last scrape in which the threads computed',
      all.map((group) => ({ labels: { group: group.name }, value: threads.utilization(group) })),
    ),
  ];
}

function processFamilies({ loopDelay, version, connection }: MetricSources): Family[] {
  const { user, system } = process.cpuUsage();
  return [
    histogram('event_loop_delay_seconds', 'How late the timers of the main thread were', [
      { labels: {}, value: loopDelay.delay.read() },
    ]),
    gauge('build_info', 'Versions; broker is empty until connected', [
      { labels: { version, node: process.version, broker: connection.server?.version ?? '' }, value: 1 },
    ]),
    {
      name: 'process_cpu_seconds',
      help: 'Processor time of all threads',
      type: 'counter',
      samples: [{ labels: {}, value: (user + system) / 1e6 }],
    },
    {
      name: 'process_resident_memory_bytes',
      help: 'Resident memory',
      type: 'gauge',
      samples: [{ labels: {}, value: process.memoryUsage.rss() }],
    },
    {
      name: 'process_start_time_seconds',
      help: 'When the process started, in seconds since the epoch',
      type: 'gauge',
      samples: [{ labels: {}, value: performance.timeOrigin / 1_000 }],
    },
  ];
}
