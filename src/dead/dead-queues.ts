import type { QueueDeclaration } from '../broker/index.js';
import { deadNameOf } from './queue-name.js';

const EXCHANGE = 'x-dead-letter-exchange';
const ROUTING_KEY = 'x-dead-letter-routing-key';

/** The part of a configuration that says where dead messages go. */
export interface DeadLettering {
  readonly consumers: readonly { readonly queue: string }[];
  readonly queues: readonly QueueDeclaration[];
}

/**
 * The queues of a file in which dead messages can be: `QUEUE.dead` of each consumer entry, and those that the
 * dead-letter exchange of a queue leads to, by the bindings of the file.
 */
export function deadQueuesOf({ consumers, queues }: DeadLettering): readonly string[] {
  const own = consumers.map(({ queue }) => deadNameOf(queue));
  const bound = queues.flatMap((declared) => {
    const exchange = declared.arguments[EXCHANGE];
    if (typeof exchange !== 'string') return [];
    const key = declared.arguments[ROUTING_KEY];
    const routingKey = typeof key === 'string' ? key : undefined;
    // The default exchange routes to the queue that the key names.
    if (exchange === '') return [routingKey ?? declared.queue];
    return queues
      .filter(({ bindings }) =>
        bindings.some((binding) => binding.exchange === exchange && mayMatch(binding.routingKey, routingKey)),
      )
      .map(({ queue }) => queue);
  });
  return [...new Set([...own, ...bound])];
}

/** True when a binding may get the key; a message's own key may be anything, and so may an exchange's type. */
function mayMatch(pattern: string, routingKey: string | undefined): boolean {
  return routingKey === undefined || pattern === routingKey || pattern === '' || /[*#]/.test(pattern);
}
