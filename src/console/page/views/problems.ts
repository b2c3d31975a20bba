import type { LiveEntry, LiveReport } from '../../api.js';
import type { Failures } from '../feed/recent-failures.js';
import { duration, percent, plural } from '../format.js';
import type { Route } from '../route.js';

/** Something that an operator should look at. */
export interface Problem {
  /** The same while the same thing is wrong. */
  readonly key: string;
  readonly tone: 'bad' | 'warn' | 'calm';
  readonly text: string;
  /** Where to look. */
  readonly route: Route;
}

/** A message that runs for longer is worth a look. */
const LONG_RUNNING_MS = 30_000;
const FULL_HEAP = 0.85;

/** What is wrong now, the worst first. */
export function problemsOf(report: LiveReport, failures: Failures): readonly Problem[] {
  const { connections, entries, threads } = report;
  const { consumer, publisher } = connections;
  const problems: Problem[] = [];
  if (!consumer.isConnected) {
    const reason = consumer.lastError === null ? '' : `: ${consumer.lastError}`;
    problems.push({ key: 'connection', tone: 'bad', text: `Not connected to RabbitMQ${reason}`, route: 'overview' });
  }
  if (publisher.isBlocked) {
    const text = 'RabbitMQ blocks publishes: it is short of memory or disk space';
    problems.push({ key: 'blocked', tone: 'bad', text, route: 'overview' });
  }
  for (const { thread, group, state } of threads.filter(({ state: each }) => each === 'replacing')) {
    const text = `Thread ${thread} of ${group} died; its replacement is not ready yet`;
    problems.push({ key: `thread ${thread} ${state}`, tone: 'bad', text, route: 'threads' });
  }
  problems.push(...entries.flatMap((entry) => problemsOfEntry(entry, { isConnected: consumer.isConnected, failures })));
  for (const { thread, group, heapUsedMb, heapLimitMb } of threads) {
    const share = heapUsedMb === null || heapLimitMb === null ? 0 : heapUsedMb / heapLimitMb;
    if (share < FULL_HEAP) continue;
    const text = `Thread ${thread} of ${group} uses ${percent(share)} of its heap`;
    problems.push({ key: `heap ${thread}`, tone: 'warn', text, route: 'threads' });
  }
  const order = { bad: 0, warn: 1, calm: 2 };
  return problems.toSorted((one, other) => order[one.tone] - order[other.tone]);
}

interface Surroundings {
  readonly isConnected: boolean;
  readonly failures: Failures;
}

function problemsOfEntry(entry: LiveEntry, { isConnected, failures }: Surroundings): readonly Problem[] {
  const { queue, name, state, oldestMs, up, instances } = entry;
  const problems: Problem[] = [];
  const key = `${queue}/${name}`;
  if (state === 'not subscribed' && isConnected)
    problems.push({
      key: `${key} away`,
      tone: 'bad',
      text: `${name} is not subscribed to “${queue}”`,
      route: 'entries',
    });
  const failed = failures.counts.get(key) ?? 0;
  if (failed > 0) {
    const text = `${name} had ${plural(failed, 'failure')} in the last ${duration(failures.overMs)}`;
    problems.push({ key: `${key} fails`, tone: 'warn', text, route: 'entries' });
  }
  if (oldestMs >= LONG_RUNNING_MS) {
    const text = `${name} has a message that has been running for ${duration(oldestMs)}`;
    problems.push({ key: `${key} long`, tone: 'warn', text, route: 'running' });
  }
  if (up < instances) {
    const text = `${name} has ${up} of ${plural(instances, 'instance')} up`;
    problems.push({ key: `${key} up`, tone: 'warn', text, route: 'threads' });
  }
  if (state === 'paused')
    problems.push({ key: `${key} paused`, tone: 'calm', text: `${name} is paused`, route: 'entries' });
  return problems;
}
