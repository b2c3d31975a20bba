import type { Channel } from 'amqplib';

/** Binds a queue or exchange to the source `exchange`. */
export interface BindingDeclaration {
  readonly exchange: string;
  readonly routingKey: string;
  readonly arguments: Readonly<Record<string, unknown>>;
}

interface Declaration {
  readonly durable: boolean;
  readonly autoDelete: boolean;
  /** Only checks that it exists. */
  readonly passive: boolean;
  readonly arguments: Readonly<Record<string, unknown>>;
  readonly bindings: readonly BindingDeclaration[];
  /** `exchanges[0]` */
  readonly path: string;
}

/** An exchange of the file. */
export interface ExchangeDeclaration extends Declaration {
  readonly exchange: string;
  /** Only a passive exchange may lack it. */
  readonly type: string | undefined;
  readonly internal: boolean;
}

/** A queue of the file. */
export interface QueueDeclaration extends Declaration {
  readonly queue: string;
  readonly exclusive: boolean;
}

export interface Topology {
  readonly exchanges: readonly ExchangeDeclaration[];
  readonly queues: readonly QueueDeclaration[];
}

/** One request to the broker. */
export interface Step {
  /** `queues[0].bindings[1]` */
  readonly path: string;
  /** `queue "email"` */
  readonly what: string;
  readonly name: string;
  /** Names of steps that must succeed first. */
  readonly needs: readonly string[];
  readonly declare: (channel: Channel) => Promise<unknown>;
}

/** The name of a queue's step. */
export const queueStep = (queue: string): string => `queue "${queue}"`;

const exchangeStep = (exchange: string): string => `exchange "${exchange}"`;

/** Returns the steps in order; bindings come last, because an exchange may be bound to a later one. */
export function stepsOf({ exchanges, queues }: Topology): Step[] {
  return [
    ...exchanges.map((each) => {
      const name = exchangeStep(each.exchange);
      return { path: each.path, what: name, name, needs: [], declare: (to: Channel) => declareExchange(to, each) };
    }),
    ...queues.map((each) => {
      const name = queueStep(each.queue);
      return { path: each.path, what: name, name, needs: [], declare: (to: Channel) => declareQueue(to, each) };
    }),
    ...exchanges.flatMap(({ exchange, bindings, path }) =>
      bindings.map((binding, index) => ({
        ...bindingStep(exchangeStep(exchange), binding, `${path}.bindings[${index}]`),
        what: `binding of exchange "${exchange}" to "${binding.exchange}"`,
        declare: (channel: Channel) =>
          channel.bindExchange(exchange, binding.exchange, binding.routingKey, binding.arguments),
      })),
    ),
    ...queues.flatMap(({ queue, bindings, path }) =>
      bindings.map((binding, index) => ({
        ...bindingStep(queueStep(queue), binding, `${path}.bindings[${index}]`),
        what: `binding of queue "${queue}" to exchange "${binding.exchange}"`,
        declare: (channel: Channel) =>
          channel.bindQueue(queue, binding.exchange, binding.routingKey, binding.arguments),
      })),
    ),
  ];
}

function bindingStep(
  to: string,
  { exchange }: BindingDeclaration,
  path: string,
): Pick<Step, 'path' | 'name' | 'needs'> {
  return { path, name: path, needs: [to, exchangeStep(exchange)] };
}

async function declareExchange(channel: Channel, exchange: ExchangeDeclaration): Promise<unknown> {
  if (exchange.passive) return channel.checkExchange(exchange.exchange);
  const { durable, autoDelete, internal, arguments: args } = exchange;
  return channel.assertExchange(exchange.exchange, exchange.type ?? 'direct', {
    durable,
    autoDelete,
    internal,
    arguments: args,
  });
}

async function declareQueue(channel: Channel, queue: QueueDeclaration): Promise<unknown> {
  if (queue.passive) return channel.checkQueue(queue.queue);
  const { durable, autoDelete, exclusive, arguments: args } = queue;
  return channel.assertQueue(queue.queue, { durable, autoDelete, exclusive, arguments: args });
}
