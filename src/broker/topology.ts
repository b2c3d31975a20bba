import type { Channel, ChannelModel } from 'amqplib';
import { BrokerError, messageOf } from '../errors/index.js';

/** A binding of a queue or an exchange to the source `exchange`. */
export interface BindingDeclaration {
  readonly exchange: string;
  readonly routingKey: string;
  readonly arguments: Readonly<Record<string, unknown>>;
}

export interface ExchangeDeclaration {
  readonly exchange: string;
  /** Only a passive exchange may be without. */
  readonly type: string | undefined;
  readonly durable: boolean;
  readonly autoDelete: boolean;
  readonly internal: boolean;
  readonly passive: boolean;
  readonly arguments: Readonly<Record<string, unknown>>;
  readonly bindings: readonly BindingDeclaration[];
  /** The entry in the file, for errors: `exchanges[0]`. */
  readonly path: string;
}

export interface QueueDeclaration {
  readonly queue: string;
  readonly durable: boolean;
  readonly autoDelete: boolean;
  readonly exclusive: boolean;
  readonly passive: boolean;
  readonly arguments: Readonly<Record<string, unknown>>;
  readonly bindings: readonly BindingDeclaration[];
  readonly path: string;
}

export interface Topology {
  readonly exchanges: readonly ExchangeDeclaration[];
  readonly queues: readonly QueueDeclaration[];
}

/**
 * Declares everything on a channel of its own: a mismatch closes the channel that it happens on, and must not take a
 * subscription with it.
 * @throws BrokerError `TOPOLOGY_MISMATCH` naming the entry of the file and the broker's words.
 */
export async function declareTopology(connection: ChannelModel, topology: Topology): Promise<void> {
  const channel = await connection.createChannel();
  // amqplib rejects the pending call as well; without a listener the event would end the process.
  channel.on('error', () => undefined);
  try {
    await declareOn(channel, topology);
  } finally {
    // Closed by the broker already, if a declaration was refused.
    await channel.close().catch(() => undefined);
  }
}

async function declareOn(channel: Channel, topology: Topology): Promise<void> {
  for (const exchange of topology.exchanges) {
    await step(exchange.path, `exchange "${exchange.exchange}"`, () => declareExchange(channel, exchange));
  }
  for (const queue of topology.queues) {
    await step(queue.path, `queue "${queue.queue}"`, () => declareQueue(channel, queue));
  }
  // Bindings last: an exchange may be bound to one that stands further down in the file.
  for (const { exchange, bindings, path } of topology.exchanges) {
    for (const [index, { exchange: source, routingKey, arguments: args }] of bindings.entries()) {
      await step(`${path}.bindings[${index}]`, `binding of exchange "${exchange}" to "${source}"`, () =>
        channel.bindExchange(exchange, source, routingKey, args),
      );
    }
  }
  for (const { queue, bindings, path } of topology.queues) {
    for (const [index, { exchange: source, routingKey, arguments: args }] of bindings.entries()) {
      await step(`${path}.bindings[${index}]`, `binding of queue "${queue}" to exchange "${source}"`, () =>
        channel.bindQueue(queue, source, routingKey, args),
      );
    }
  }
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

async function step(path: string, what: string, declare: () => Promise<unknown>): Promise<void> {
  try {
    await declare();
  } catch (error) {
    throw new BrokerError('TOPOLOGY_MISMATCH', `${path}: ${what} could not be declared: ${messageOf(error)}`, {
      cause: error,
    });
  }
}
