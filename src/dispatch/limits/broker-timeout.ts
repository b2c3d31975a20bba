import { type BrokerServer, isRabbitMqSince } from '../../broker/index.js';
import type { ArgumentTable } from '../../config/index.js';

/** How long a broker that is not told otherwise waits for an answer (https://www.rabbitmq.com/docs/consumers#acknowledgement-timeout). */
const DEFAULT_MS = 30 * 60_000;

/** An argument of a consumer and of a queue, in milliseconds; RabbitMQ knows it since 3.11.15. */
const CONSUMER_TIMEOUT = 'x-consumer-timeout';

/** What the broker does about a message that waits too long for its answer. */
export interface BrokerTimeout {
  readonly ms: number;
  /** True where the file says how long; what a policy or the broker's own configuration says cannot be seen. */
  readonly isWritten: boolean;
  /**
   * `closes`: it closes the channel, and takes back all that runs on it. `cancels`: it takes back this message, and sends
   * `basic.cancel`; the others stay with their consumers, and the channel stays open.
   */
  readonly response: 'closes' | 'cancels';
  /** False where the queue may be of a type that has no timeout. */
  readonly isCertain: boolean;
}

export interface ConsumedQueue {
  /** What the broker says of itself; undefined before the first connection. */
  readonly server: BrokerServer | undefined;
  /** Undefined: the file does not say it. */
  readonly type: string | undefined;
  readonly consumerArguments: ArgumentTable;
  readonly queueArguments: ArgumentTable;
}

/**
 * What this broker does; undefined where it waits for ever.
 *
 * Up to RabbitMQ 4.2 the channel watches over the messages of every queue, streams included, once a minute, and closes with
 * 406. From 4.3 on a quorum queue watches over its own, to the millisecond, and no other queue does: classic queues and streams
 * refuse the argument. Seen with 3.10.8, 4.0.5 and 4.3.6, and said in
 * https://github.com/rabbitmq/rabbitmq-server/blob/main/consumer_timeouts.md: the argument of the consumer wins, and what a
 * policy says is taken where it is shorter than the argument of the queue.
 */
export function brokerTimeout({ server, type, ...args }: ConsumedQueue): BrokerTimeout | undefined {
  const written = writtenMs(args.consumerArguments) ?? writtenMs(args.queueArguments);
  if (!isRabbitMqSince(server, '4.3')) {
    const heeded = knowsArgument(server) ? written : undefined;
    return { ms: heeded ?? DEFAULT_MS, isWritten: heeded !== undefined, response: 'closes', isCertain: true };
  }
  if (type !== undefined && type !== 'quorum') return undefined;
  const isWritten = written !== undefined;
  // Of a type that the file does not tell, the argument does: only a quorum queue takes it.
  return { ms: written ?? DEFAULT_MS, isWritten, response: 'cancels', isCertain: type === 'quorum' || isWritten };
}

/** A RabbitMQ of before passes over it, as over any argument that it does not know; of another product nothing is known. */
function knowsArgument(server: BrokerServer | undefined): boolean {
  return server?.product !== 'RabbitMQ' || isRabbitMqSince(server, '3.11');
}

function writtenMs(args: ArgumentTable): number | undefined {
  const written = args[CONSUMER_TIMEOUT];
  return typeof written === 'number' && written > 0 ? written : undefined;
}

/** `30 minutes`, or `2000 ms` where the file says it. */
export function timeoutText({ ms, isWritten }: BrokerTimeout): string {
  return isWritten ? `${ms} ms` : `${ms / 60_000} minutes`;
}
