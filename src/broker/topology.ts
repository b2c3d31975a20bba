import type { Channel, ChannelModel } from 'amqplib';
import { BrokerError, messageOf } from '../errors/index.js';

const NOT_FOUND = 404;

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

/** One thing to ask of the broker, and how to name it. */
interface Step {
  readonly path: string;
  readonly what: string;
  readonly declare: (channel: Channel) => Promise<unknown>;
}

/**
 * Declares everything on a channel of its own: a mismatch closes the channel that it happens on, and must not take a
 * subscription with it.
 * @throws BrokerError `TOPOLOGY_MISMATCH` naming the first entry that was refused, and the broker's words.
 */
export async function declareTopology(connection: ChannelModel, topology: Topology): Promise<void> {
  const channel = await openChannel(connection);
  try {
    for (const step of stepsOf(topology)) await take(step, channel);
  } finally {
    // Closed by the broker already, if a declaration was refused.
    await channel.close().catch(() => undefined);
  }
}

/**
 * Declares what can be declared: at a reconnect one entry that no longer fits must not keep the others away. Tells what was
 * refused; throws only when the connection goes.
 */
export async function redeclareTopology(connection: ChannelModel, topology: Topology): Promise<readonly BrokerError[]> {
  const refused: BrokerError[] = [];
  let channel = await openChannel(connection);
  for (const step of stepsOf(topology)) {
    try {
      await take(step, channel);
    } catch (error) {
      refused.push(error instanceof BrokerError ? error : mismatch(step, error));
      // The refusal closed the channel. Without a connection there is none, and this throws.
      channel = await openChannel(connection);
    }
  }
  await channel.close().catch(() => undefined);
  return refused;
}

/** Makes sure that a durable queue exists; one that does is taken as it is, whatever its arguments. */
export async function ensureQueue(
  connection: ChannelModel,
  queue: string,
  args: Readonly<Record<string, unknown>>,
): Promise<void> {
  try {
    await readyMessages(connection, queue);
  } catch (error) {
    if (!isNotFound(error)) throw error;
    const channel = await openChannel(connection);
    await channel.assertQueue(queue, { durable: true, arguments: args });
    await channel.close();
  }
}

/** True for the broker's word that a queue or an exchange does not exist. */
export function isNotFound(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === NOT_FOUND;
}

/** Messages that wait in a queue; a missing queue closes the channel that asks, so that is one of its own. */
export async function readyMessages(connection: ChannelModel, queue: string): Promise<number> {
  const channel = await openChannel(connection);
  try {
    return (await channel.checkQueue(queue)).messageCount;
  } finally {
    await channel.close().catch(() => undefined);
  }
}

/** True when the broker says that there is no such queue; false when it says anything else, or nothing. */
export async function isQueueMissing(connection: ChannelModel, queue: string): Promise<boolean> {
  try {
    await readyMessages(connection, queue);
    return false;
  } catch (error) {
    return isNotFound(error);
  }
}

async function openChannel(connection: ChannelModel): Promise<Channel> {
  const channel = await connection.createChannel();
  // amqplib rejects the pending call as well; without a listener the event would end the process.
  channel.on('error', () => undefined);
  return channel;
}

function stepsOf({ exchanges, queues }: Topology): Step[] {
  return [
    ...exchanges.map((exchange) => ({
      path: exchange.path,
      what: `exchange "${exchange.exchange}"`,
      declare: (channel: Channel) => declareExchange(channel, exchange),
    })),
    ...queues.map((queue) => ({
      path: queue.path,
      what: `queue "${queue.queue}"`,
      declare: (channel: Channel) => declareQueue(channel, queue),
    })),
    // Bindings last: an exchange may be bound to one that stands further down in the file.
    ...exchanges.flatMap(({ exchange, bindings, path }) =>
      bindings.map(({ exchange: source, routingKey, arguments: args }, index) => ({
        path: `${path}.bindings[${index}]`,
        what: `binding of exchange "${exchange}" to "${source}"`,
        declare: (channel: Channel) => channel.bindExchange(exchange, source, routingKey, args),
      })),
    ),
    ...queues.flatMap(({ queue, bindings, path }) =>
      bindings.map(({ exchange: source, routingKey, arguments: args }, index) => ({
        path: `${path}.bindings[${index}]`,
        what: `binding of queue "${queue}" to exchange "${source}"`,
        declare: (channel: Channel) => channel.bindQueue(queue, source, routingKey, args),
      })),
    ),
  ];
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

async function take(step: Step, channel: Channel): Promise<void> {
  try {
    await step.declare(channel);
  } catch (error) {
    throw mismatch(step, error);
  }
}

function mismatch({ path, what }: Step, cause: unknown): BrokerError {
  return new BrokerError('TOPOLOGY_MISMATCH', `${path}: ${what} could not be declared: ${messageOf(cause)}`, { cause });
}
