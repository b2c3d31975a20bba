export { BrokerMetrics, type Role } from './broker-metrics.js';
export { ConsumerMetrics } from './consumer-metrics.js';
export { EntryMetrics } from './entry-metrics.js';
export { CONTENT_TYPE, formatFor, writeFamilies } from './exposition.js';
export { type MetricSources, readFamilies } from './families.js';
export { holdingsOf, labelsOf, type ObservedEntry } from './holdings.js';
export { LoopDelay } from './loop-delay.js';
export { Summary, totalsOf } from './summary.js';
export { ThreadMetrics } from './thread-metrics.js';
