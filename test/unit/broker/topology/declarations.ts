import type {
  BindingDeclaration,
  ExchangeDeclaration,
  QueueDeclaration,
} from '../../../../src/broker/topology/topology.js';

/** A durable topic exchange. */
export function anExchange(exchange: string, more: Partial<ExchangeDeclaration> = {}): ExchangeDeclaration {
  return {
    exchange,
    type: 'topic',
    durable: true,
    autoDelete: false,
    internal: false,
    passive: false,
    arguments: {},
    bindings: [],
    path: `exchanges[${exchange}]`,
    place: `exchanges[${exchange}]`,
    ...more,
  };
}

/** A durable queue. */
export function aQueue(queue: string, more: Partial<QueueDeclaration> = {}): QueueDeclaration {
  return {
    queue,
    durable: true,
    autoDelete: false,
    exclusive: false,
    passive: false,
    arguments: {},
    bindings: [],
    path: `queues[${queue}]`,
    place: `queues[${queue}]`,
    ...more,
  };
}

/** A binding to an exchange. */
export function to(exchange: string, routingKey = '#', args: BindingDeclaration['arguments'] = {}): BindingDeclaration {
  return { exchange, routingKey, arguments: args, place: `binding to ${exchange}` };
}
