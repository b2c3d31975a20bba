import { type BrokerServer, isRabbitMqSince } from '../../broker/index.js';
import type { ArgumentTable } from '../../config/index.js';

/** RabbitMQ's default (https://www.rabbitmq.com/docs/consumers#acknowledgement-timeout). */
const DEFAULT_MS = 30 * 60_000;

/** An argument of consumers and queues, since RabbitMQ 3.11.15. */
const CONSUMER_TIMEOUT = 'x-consumer-timeout';

/** How the broker treats a message without an answer. */
export interface BrokerTimeout {
  readonly ms: number;
  /** True if the file says it; policies cannot be seen. */
  readonly isWritten: boolean;
  /** `closes` the channel, or `cancels` the consumer and takes back this message alone. */
  readonly response: 'closes' | 'cancels';
  /** False if the queue's type is unknown. */
  readonly isCertain: boolean;
}

export interface ConsumedQueue {
  readonly server: BrokerServer | undefined;
  readonly type: string | undefined;
  readonly consumerArguments: ArgumentTable;
  readonly queueArguments: ArgumentTable;
}

/**
 * Up to RabbitMQ 4.2 the channel watches every queue once a minute, streams included, and closes with 406. From 4.3 on
 * only quorum queues have a timeout. The consumer's argument wins, and a policy wins if it is shorter than the queue's
 * (seen with 3.10.8, 4.0.5 and 4.3.6; https://github.com/rabbitmq/rabbitmq-server/blob/main/consumer_timeouts.md).
 */
export function brokerTimeout({ server, type, ...args }: ConsumedQueue): BrokerTimeout | undefined {
  const written = writtenMs(args.consumerArguments) ?? writtenMs(args.queueArguments);
  if (!isRabbitMqSince(server, '4.3')) {
    const heeded = knowsArgument(server) ? written : undefined;
    return { ms: heeded ?? DEFAULT_MS, isWritten: heeded !== undefined, response: 'closes', isCertain: true };
  }
  if (type !== undefined && type !== 'quorum') return undefined;
  const isWritten = written !== undefined;
  // Only quorum queues take the argument.
  return { ms: written ?? DEFAULT_MS, isWritten, response: 'cancels', isCertain: type === 'quorum' || isWritten };
}

/** Older RabbitMQ ignores it; other products may not. */
function knowsArgument(server: BrokerServer | undefined): boolean {
  return server?.product !== 'RabbitMQ' || isRabbitMqSince(server, '3.11');
}

function writtenMs(args: ArgumentTable): number | undefined {
  const written = args[CONSUMER_TIMEOUT];
  return typeof written === 'number' && written > 0 ? written : undefined;
}

/** `30 minutes`, or `2000 ms` if the file says it. */
export function timeoutText({ ms, isWritten }: BrokerTimeout): string {
  return isWritten ? `${ms} ms` : `${ms / 60_000} minutes`;
}
