/**
 * Every error code and when it is raised; a test keeps docs/errors.md equal. Users match on codes; messages may change.
 */
export const ERROR_CODES = {
  CONFIG_INVALID:
    'the configuration file, the environment or the logging file has problems; the message lists all of them',
  BROKER_URL_INVALID: 'RABBITMQ_URL cannot be parsed',
  BROKER_REFUSED: 'the broker refused the credentials or the virtual host at the first start',
  BROKER_UNREACHABLE: 'the connection to the broker was down when a request needed it',
  TOPOLOGY_MISMATCH: 'the broker refused to declare an exchange, queue or binding of the file',
  QUEUE_UNREADABLE: 'the queue given to `amqp-dispatcher dead` does not exist or cannot be read',
  TEMPORARY_FILE_FAILED: 'a command could not keep messages in a temporary file',
  CONSUMER_MODULE_NOT_FOUND: 'a module reference matches no file or package',
  CONSUMER_MODULE_FAILED: 'a module threw, could not be parsed, or outlasted startup_timeout while loading',
  CONSUMER_EXPORT_MISSING: 'a module lacks the export that the file names',
  CONSUMER_INVALID:
    'an export is not a class with a consume method, or a startup handler, its shutdown or a middleware is no function',
  CONSUMER_SCHEMA_INVALID:
    'the JSON Schema of a consumer entry, a file that it refers to, or `static options` of a class cannot be used',
  CONSUMER_OPTIONS_INVALID: '`options` of a consumer entry does not match `static options` of its class',
  CONSUMER_CONSTRUCTION_FAILED:
    'the constructor of a consumer, or a call that creates a middleware, threw or outlasted startup_timeout',
  CONSUMER_RETRY: 'a consumer threw Retry: the message is tried again later',
  CONSUMER_REJECT: 'a consumer threw Reject: the message is not tried again',
  CONSUMER_SHUTDOWN_TIMEOUT: 'shutdown() of an instance outlasted shutdown_timeout; the daemon went on without it',
  STARTUP_FAILED: 'the startup handler threw, returned something other than an object, or outlasted startup_timeout',
  STARTUP_SHUTDOWN_FAILED:
    '`shutdown` of the startup handler threw, or outlasted its time; the daemon went on without it',
  WORKER_DIED: 'a worker thread ended while it was serving',
  WORKER_ENTRY_MISUSED: 'the worker entry was loaded on the main thread',
  METRIC_INVALID: 'a consumer defined a metric with an unusable name, other buckets or another type',
  DELIVERY_ALREADY_SETTLED: 'a delivery was answered a second time',
  DELIVERY_NOT_IN_BATCH: 'an answer names a message that is not in the batch',
  DELIVERY_ABORTED: 'an operator aborted the message: amqp.signal aborted, or with --hard its thread was terminated',
  DELIVERY_LIMIT: 'a consumer returned a message more often than the delivery limit of its queue allows',
  DELIVERY_LOST: 'the channel of the delivery closed; the broker delivers the message again',
  DELIVERY_STOPPED: 'amqp.signal aborted because the daemon is stopping and no longer waits',
  DELIVERY_TIMEOUT: 'amqp.signal aborted at timeout.soft, or a thread was terminated at timeout.hard',
  PUBLISH_INVALID: 'publish was given an argument that cannot be sent',
  PUBLISH_REFUSED: 'the broker refused a message: it sent a nack or closed the channel',
  PUBLISH_UNROUTABLE: 'a mandatory message reached no queue',
  PUBLISH_UNCONFIRMED: 'the publish connection was lost before the broker confirmed the message',
  MESSAGE_QUARANTINED: 'a message killed max_deaths threads and is dead',
  MESSAGE_DEAD: 'a message failed its last attempt: it was dead-lettered, put into QUEUE.dead, or discarded',
  MESSAGE_INVALID: 'a message does not match the decode of its entry, and reached no consumer',
  MESSAGE_UNDECODABLE: 'text() or json() could not decode the body',
  HTTP_LISTEN_FAILED:
    'the address of `http.listen` cannot be used: another process listens there, or the host is not of this machine',
  CONSOLE_TOKEN_UNUSABLE: 'the file of `http.token_file` cannot be read, is empty, or holds fewer than 16 characters',
  TRACING_UNAVAILABLE: '`tracing` is enabled, but the package `@opentelemetry/api` cannot be loaded',
  CONTROL_SOCKET_FAILED:
    'the socket of `control.socket` cannot be created: another process listens there, its path is too long, or its folder is missing',
  CONTROL_UNREACHABLE: '`amqp-dispatcher ctl` found no running daemon, or several, or could not talk to it',
  CONTROL_REFUSED: 'the daemon does not know the verb, entry, message or group of a control request, or refused it',
  INSPECTION_FAILED: 'the stack, profile or heap of a worker thread cannot be taken',
  SHUTDOWN_TIMEOUT: 'running consumers outlasted the shutdown timeout and were terminated',
} as const;

/** The `code` of a DispatcherError. */
export type ErrorCode = keyof typeof ERROR_CODES;
