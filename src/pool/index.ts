export type { Orphan } from './handed-deliveries.js';
export { probeModule } from './module-probe.js';
export type { GroupPlan, PoolEvents, ThreadDeath, ThreadEnding, ThreadPlan } from './pool-options.js';
export { ThreadPool } from './thread-pool.js';
export type { WorkerSession } from './worker-session.js';
