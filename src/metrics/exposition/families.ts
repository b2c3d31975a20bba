import type { ConsumerConnection, Publisher } from '../../broker/index.js';
import type { GroupStatus } from '../../threads/index.js';
import type { BrokerMetrics } from '../broker-metrics.js';
import type { ConsumerMetrics } from '../consumer-metrics.js';
import type { ObservedEntry } from '../holdings.js';
import type { LoopDelay } from '../loop-delay.js';
import type { ThreadMetrics } from '../thread-metrics.js';
import { daemonFamilies } from './daemon-families.js';
import { entryFamilies } from './entry-families.js';
import type { Family } from './exposition.js';

/** What the metrics of a daemon are read from. */
export interface MetricSources {
  readonly entries: readonly ObservedEntry[];
  readonly connection: Pick<ConsumerConnection, 'isConnected' | 'subscribed' | 'paused' | 'prefetches' | 'server'>;
  readonly publisher: Pick<Publisher, 'isConnected' | 'isBlocked'>;
  readonly groups: () => readonly GroupStatus[];
  readonly broker: BrokerMetrics;
  readonly threads: ThreadMetrics;
  readonly consumers: Pick<ConsumerMetrics, 'families'>;
  readonly loopDelay: LoopDelay;
  readonly version: string;
  /** Monotonic. */
  readonly nowMs: () => number;
}

/** Reads all metrics; each series exists from the start, and no label holds a message, a thread or an error. */
export function readFamilies(sources: MetricSources): readonly Family[] {
  return [...entryFamilies(sources), ...daemonFamilies(sources), ...sources.consumers.families()];
}
