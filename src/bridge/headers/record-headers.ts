/** Begins every header of ours. */
export const RECORD_PREFIX = 'x-amqp-dispatcher-';

/** The headers of failed messages; a test compares them with docs/failures.md. */
export const RECORD_HEADERS = {
  attempts: `${RECORD_PREFIX}attempts`,
  firstSeen: `${RECORD_PREFIX}first-seen`,
  /** Threads that died while it ran. */
  deaths: `${RECORD_PREFIX}deaths`,
  /** Returns before a copy replaced it. */
  returns: `${RECORD_PREFIX}returns`,
  /** The original route. */
  exchange: `${RECORD_PREFIX}exchange`,
  routingKey: `${RECORD_PREFIX}routing-key`,
  /** Dead messages only. */
  queue: `${RECORD_PREFIX}queue`,
  consumer: `${RECORD_PREFIX}consumer`,
  reason: `${RECORD_PREFIX}reason`,
  cause: `${RECORD_PREFIX}cause`,
  errorType: `${RECORD_PREFIX}error-type`,
  stack: `${RECORD_PREFIX}stack`,
  /** Invalid messages only, instead of a stack. */
  validationErrors: `${RECORD_PREFIX}validation-errors`,
  host: `${RECORD_PREFIX}host`,
  diedAt: `${RECORD_PREFIX}died-at`,
  /** Properties that would act again on the copy. */
  expiration: `${RECORD_PREFIX}expiration`,
  userId: `${RECORD_PREFIX}user-id`,
  cc: `${RECORD_PREFIX}cc`,
  /** Unreadable properties and headers, byte for byte. */
  unreadable: `${RECORD_PREFIX}unreadable`,
} as const;
