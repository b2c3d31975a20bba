import type { ArgumentTable } from '../config/index.js';

/**
 * A broker that is not told otherwise closes a channel over a delivery that is not answered within 30 minutes
 * (https://www.rabbitmq.com/docs/consumers#acknowledgement-timeout).
 */
export const BROKER_TIMEOUT_MS = 30 * 60_000;

/** An argument of a consumer and of a queue, in milliseconds; RabbitMQ knows it since 3.11.15. */
const CONSUMER_TIMEOUT = 'x-consumer-timeout';

/**
 * How long the broker waits for an answer, in milliseconds, as far as the file tells it: what the consumer asks for, else what
 * its queue does. Undefined: the broker's own default, or what one of its policies says.
 */
export function writtenBrokerTimeoutMs(consumer: ArgumentTable, queue: ArgumentTable): number | undefined {
  const written = consumer[CONSUMER_TIMEOUT] ?? queue[CONSUMER_TIMEOUT];
  return typeof written === 'number' && written > 0 ? written : undefined;
}
