export { type ModuleProbe, probeModule } from './module-probe.js';
export { type PoolEvents, type ThreadDeath, ThreadPool } from './thread-pool.js';
export type { Deliverable, Orphan, WorkerSession } from './worker-session.js';
