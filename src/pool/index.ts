export { probeModule } from './module-probe.js';
export type { GroupPlan, HostedSlot, PoolEvents, ThreadDeath, ThreadEnding, ThreadPlan } from './pool-options.js';
export type { Deliverable, Orphan, ThreadFailure, ThreadLink } from './thread-link.js';
export { ThreadPool } from './thread-pool.js';
export type { WorkerSession } from './worker-session.js';
