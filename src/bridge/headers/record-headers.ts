/** Every header of ours begins so. */
export const RECORD_PREFIX = 'x-amqp-dispatcher-';

/** What is written into the headers of a message that failed; docs/failures.md lists the same table (a test holds them equal). */
export const RECORD_HEADERS = {
  /** Deliveries that failed. */
  attempts: `${RECORD_PREFIX}attempts`,
  /** When the first of them came. */
  firstSeen: `${RECORD_PREFIX}first-seen`,
  /** Threads that ended while it ran. */
  deaths: `${RECORD_PREFIX}deaths`,
  /** How often it had come back to its queue when a copy took its place, because the broker's delivery limit was near. */
  returns: `${RECORD_PREFIX}returns`,
  /** Where it was published, before it was put back through the default exchange. */
  exchange: `${RECORD_PREFIX}exchange`,
  routingKey: `${RECORD_PREFIX}routing-key`,
  /** Dead messages only: the queue and consumer that failed, the reason and error, the host and time. */
  queue: `${RECORD_PREFIX}queue`,
  consumer: `${RECORD_PREFIX}consumer`,
  reason: `${RECORD_PREFIX}reason`,
  cause: `${RECORD_PREFIX}cause`,
  errorType: `${RECORD_PREFIX}error-type`,
  stack: `${RECORD_PREFIX}stack`,
  /** Invalid messages only: what is wrong, instead of a stack. */
  validationErrors: `${RECORD_PREFIX}validation-errors`,
  host: `${RECORD_PREFIX}host`,
  diedAt: `${RECORD_PREFIX}died-at`,
  /** Properties that would act again on the copy: a lifetime, a user that the broker compares, more routes. */
  expiration: `${RECORD_PREFIX}expiration`,
  userId: `${RECORD_PREFIX}user-id`,
  cc: `${RECORD_PREFIX}cc`,
  /** Messages with unreadable properties or headers only: all of these, byte for byte. */
  unreadable: `${RECORD_PREFIX}unreadable`,
} as const;
