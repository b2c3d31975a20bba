import type { Channel } from 'amqplib';

/** Binds a queue or exchange to the source `exchange`. */
export interface BindingDeclaration {
  readonly exchange: string;
  readonly routingKey: string;
  readonly arguments: Readonly<Record<string, unknown>>;
  /** `config.yml:5:9  queues[0].bindings[1]` */
  readonly place: string;
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
  /** For errors: `config.yml:3:5  exchanges[0]`. */
  readonly place: string;
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
  /** `config.yml:5:9  queues[0].bindings[1]` */
  readonly place: string;
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
      return { ...entryStep(each, name), declare: (to: Channel) => declareExchange(to, each) };
    }),
    ...queues.map((each) => {
      const name = queueStep(each.queue);
      return { ...entryStep(each, name), declare: (to: Channel) => declareQueue(to, each) };
    }),
    ...exchanges.flatMap(({ exchange, bindings }) =>
      bindings.map((binding) => ({
        ...bindingStep(exchangeStep(exchange), binding),
        what: `binding of exchange "${exchange}" to "${binding.exchange}"`,
        declare: (channel: Channel) =>
          channel.bindExchange(exchange, binding.exchange, binding.routingKey, binding.arguments),
      })),
    ),
    ...queues.flatMap(({ queue, bindings }) =>
      bindings.map((binding) => ({
        ...bindingStep(queueStep(queue), binding),
        what: `binding of queue "${queue}" to exchange "${binding.exchange}"`,
        declare: (channel: Channel) =>
          channel.bindQueue(queue, binding.exchange, binding.routingKey, binding.arguments),
      })),
    ),
  ];
}

function entryStep({ place }: Declaration, name: string): Omit<Step, 'declare'> {
  return { place, what: name, name, needs: [] };
}

function bindingStep(to: string, { exchange, place }: BindingDeclaration): Omit<Step, 'what' | 'declare'> {
  return { place, name: place, needs: [to, exchangeStep(exchange)] };
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
