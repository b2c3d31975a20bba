export type { OptionFault, ProbeTask } from '../bridge/index.js';
export type { StackFrame, StackReport } from './inspection/stack-report.js';
export { ThreadInspection } from './inspection/thread-inspection.js';
export { type ProbeResult, probeModule } from './module-probe.js';
export type { GroupPlan, HostedSlot, PoolEvents, ThreadDeath, ThreadEnding, ThreadPlan } from './pool-options.js';
export type { Deliverable, Orphan, ThreadFailure } from './session/deliverable.js';
export type { PublishDone } from './session/session-events.js';
export type { ThreadLink } from './session/thread-link.js';
export type { WorkerSession } from './session/worker-session.js';
export {
  type GroupStatus,
  type LoopTimes,
  THREAD_STATES,
  type ThreadState,
  type ThreadStatus,
} from './supervision/thread-status.js';
export { ThreadPool } from './thread-pool.js';
