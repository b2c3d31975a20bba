export { DeadLetterExchange } from './dead-letter/dead-letter-exchange.js';
export {
  DEAD_SUFFIX,
  DeadQueue,
  deadQueueArguments,
  deadQueueName,
  QUORUM_DEAD_QUEUE,
} from './dead-letter/dead-queue.js';
export { DeliveryLimit } from './delivery-limit.js';
export { ANSWER_OF, type Failure, type FailureOutcome, REQUEUED } from './failure.js';
export { FailurePolicy } from './failure-policy.js';
export { asPublished, propertiesOf, recordOf } from './message-record.js';
export { DelayQueues } from './retry/delay-queues.js';
export { oncePerQueue as askingOnce } from './retry/ensured-queues.js';
export type { RetryPlan } from './retry/retry-schedule.js';
export { mustRunAlone as isSuspect } from './run-alone.js';
