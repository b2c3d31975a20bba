import type { QueueDeclaration } from '../../../broker/index.js';
import type { Path, Rule } from '../../problem.js';
import { valueAt } from '../../schema/schema-problems.js';
import { QUEUE_ARGUMENT_KEYS } from '../../schema/topology-schema.js';

/**
 * Arguments that RabbitMQ 3.10, 4.0 and 4.3 refuse per queue type
 * (https://www.rabbitmq.com/docs/queues#optional-arguments).
 */
const REFUSED: Readonly<Record<string, readonly string[]>> = {
  classic: ['x-delivery-limit', 'x-max-age'],
  quorum: ['x-max-priority', 'x-queue-mode', 'x-max-age', 'x-stream-max-segment-size-bytes'],
  stream: [
    'x-max-priority',
    'x-queue-mode',
    'x-max-length',
    'x-message-ttl',
    'x-expires',
    'x-dead-letter-exchange',
    'x-dead-letter-routing-key',
    'x-delivery-limit',
    'x-overflow',
    'x-single-active-consumer',
  ],
};

const TRANSIENT =
  'is false, and the queue is not exclusive: a restart of the broker deletes it, and RabbitMQ 4 deprecates such ' +
  'queues and can be configured to refuse them';

/** A warning whose position is still a path. */
export interface Warning {
  readonly path: Path;
  readonly message: string;
  readonly rule?: Rule;
}

/** Warns about queue declarations that the broker refuses or may refuse; `written` is the raw document. */
export function declaredQueueWarnings(queues: readonly QueueDeclaration[], written: unknown): Warning[] {
  return queues.flatMap((queue, index) => {
    if (queue.passive) return [];
    const path = ['queues', index];
    const transient = queue.durable || queue.exclusive ? [] : [{ path: [...path, 'durable'], message: TRANSIENT }];
    return [...transient, ...refusedArguments(queue, path, written)];
  });
}

function refusedArguments({ arguments: args }: QueueDeclaration, path: Path, written: unknown): Warning[] {
  const type = args['x-queue-type'];
  if (typeof type !== 'string') return [];
  return (REFUSED[type] ?? []).flatMap((argument) => {
    if (!(argument in args)) return [];
    const message = `is set, and RabbitMQ refuses to declare a ${type} ${type === 'stream' ? '' : 'queue '}with it`;
    return [{ path: whereSet(argument, path, written), message }];
  });
}

/** An argument may be set by its `x_` key or in `arguments`. */
export function whereSet(argument: string, path: Path, written: unknown): Path {
  const key = QUEUE_ARGUMENT_KEYS.find((each) => each.argument === argument)?.key;
  const isKey = key !== undefined && (valueAt(written, [...path, key]) ?? null) !== null;
  return isKey ? [...path, key] : [...path, 'arguments', argument];
}
