/**
 * Every error code and when it is raised; a test keeps docs/errors.md equal. Codes are stable because users match on
 * them; messages may change.
 */
export const ERROR_CODES = {
  CONFIG_INVALID: 'the configuration file, the environment or the logging file has problems; all of them are listed',
  BROKER_URL_INVALID: 'RABBITMQ_URL cannot be understood',
  BROKER_REFUSED: 'the broker refused the credentials or the virtual host at the first start',
  BROKER_UNREACHABLE: 'something was asked of the broker while the connection was away',
  TOPOLOGY_MISMATCH: 'an exchange, queue or binding of the file could not be declared',
  QUEUE_UNREADABLE: 'the queue that `amqp-dispatcher dead` was asked for does not exist, or cannot be read',
  CONSUMER_MODULE_NOT_FOUND: 'no file or package stands behind a module reference',
  CONSUMER_MODULE_FAILED: 'a module threw, could not be parsed, or outlasted startup_timeout, while it was loaded',
  CONSUMER_EXPORT_MISSING: 'a module has no export of the name that the file asks for',
  CONSUMER_INVALID: 'an export is not a class with a consume method, or a startup handler or middleware not a function',
  CONSUMER_SCHEMA_INVALID: 'the JSON Schema of a consumer entry, or a file that it refers to, cannot be used',
  CONSUMER_CONSTRUCTION_FAILED:
    'the constructor of a consumer, or a middleware while it was made, threw or outlasted startup_timeout',
  CONSUMER_RETRY: 'a consumer threw Retry: the message is tried again later',
  CONSUMER_REJECT: 'a consumer threw Reject: the message is tried no more',
  CONSUMER_SHUTDOWN_TIMEOUT: 'shutdown() of an instance outlasted shutdown_timeout; the daemon went on without it',
  STARTUP_FAILED: 'the startup handler threw, or outlasted startup_timeout',
  WORKER_DIED: 'a worker thread ended while it still served',
  WORKER_ENTRY_MISUSED: 'the worker entry was loaded on the main thread',
  DELIVERY_ALREADY_SETTLED: 'a second answer was given to one delivery',
  DELIVERY_NOT_IN_BATCH: 'an answer was given to a message that is not one of the batch',
  DELIVERY_LIMIT: "a consumer wanted a message again once more than its queue's delivery limit allows",
  DELIVERY_LOST: 'the channel of the delivery has gone; the broker delivers the message again',
  DELIVERY_STOPPED: 'reason of amqp.signal when the shutdown timeout has passed',
  DELIVERY_TIMEOUT: 'reason of amqp.signal at timeout.soft; and why a thread was ended at timeout.hard',
  PUBLISH_INVALID: 'an argument of publish cannot be sent',
  PUBLISH_REFUSED: 'the broker refused a message (nack, or the channel was closed because of it)',
  PUBLISH_UNROUTABLE: 'a mandatory message reached no queue',
  PUBLISH_UNCONFIRMED: 'the publish connection went before the broker had confirmed the message',
  MESSAGE_QUARANTINED: 'a message took down max_deaths threads and is dead',
  MESSAGE_DEAD: 'a message was tried for the last time: dead-lettered, put into QUEUE.dead, or discarded',
  MESSAGE_INVALID: 'a message is not what its consumer entry decodes, and reached no consumer',
  MESSAGE_UNDECODABLE: 'text() or json() could not decode the body',
  SHUTDOWN_TIMEOUT: 'running consumers outlasted the shutdown timeout and were terminated',
} as const;

/** The `code` of an error of this program. */
export type ErrorCode = keyof typeof ERROR_CODES;
