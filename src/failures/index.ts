export { DeadLetterExchange } from './dead-letter-exchange.js';
export { DEAD_SUFFIX, DeadQueue, deadQueueName, QUORUM_DEAD_QUEUE } from './dead-queue.js';
export { DelayQueues } from './delay-queues.js';
export { DeliveryLimit } from './delivery-limit.js';
export { askingOnce } from './ensured-queues.js';
export { ANSWERS, type Failure, type Fate, REQUEUED } from './failure.js';
export { FailurePolicy } from './failure-policy.js';
export { asPublished, propertiesOf } from './message-record.js';
export { isSuspect } from './suspicion.js';
