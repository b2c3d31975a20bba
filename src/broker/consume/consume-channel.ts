import type { Channel } from 'amqplib';
import { BrokerError } from '../../errors/index.js';
import type { OpenedChannel } from '../connection/amqp-connection.js';
import { isOutOfChannels } from '../connection/amqplib.js';
import { causeOf, type LiveConnection } from '../connection/live-connection.js';
import { reasonOf } from '../connection/refusal.js';
import type { SubscriptionOptions } from './subscription-options.js';

/** Names the subscription in errors. */
export interface ConsumeTarget {
  readonly queue: string;
  readonly place: string;
}

type ConsumeTerms = Pick<SubscriptionOptions, 'queue' | 'consumerTag' | 'arguments'>;

/** Opens a channel to consume on. @throws BrokerError `TOPOLOGY_MISMATCH` when the broker refuses */
export async function openConsumeChannel(live: LiveConnection, target: ConsumeTarget): Promise<OpenedChannel> {
  const { opened } = live;
  try {
    return await opened.openChannel();
  } catch (error) {
    if (!isOutOfChannels(error)) throw consumeFailure(live, target, error);
    const message = `the broker allows ${opened.channelMax} channels on a connection, and all are in use`;
    throw consumeFailure(live, target, new Error(message, { cause: error }));
  }
}

/** Sends basic.qos and basic.consume. False: stopped in between, and the channel closes. @throws what amqplib throws */
export async function consumeOn(
  { channel }: OpenedChannel,
  { queue, consumerTag, arguments: args }: ConsumeTerms,
  { prefetch, stopping }: { readonly prefetch: number; readonly stopping: AbortSignal },
): Promise<boolean> {
  // Per consumer, never `global`: quorum queues refuse global QoS (https://www.rabbitmq.com/docs/quorum-queues).
  await channel.prefetch(prefetch);
  if (stopping.aborted) {
    void closeQuietly(channel);
    return false;
  }
  // The wire gets deliveries and cancellations instead.
  await channel.consume(queue, () => undefined, { consumerTag, arguments: consumerArguments(args) });
  return true;
}

/** Returns the error of a refused subscription. */
export function consumeFailure(connection: LiveConnection, target: ConsumeTarget, error: unknown): BrokerError {
  const { place, queue } = target;
  const cause = causeOf(connection, error);
  const message = `${place}: cannot consume from queue "${queue}": ${reasonOf(cause)}`;
  return new BrokerError('TOPOLOGY_MISMATCH', message, { cause });
}

/** Resolves when the channel has closed, or at the deadline. */
export async function closeChannel(channel: Channel, deadline: AbortSignal | undefined): Promise<void> {
  const closed = closeQuietly(channel);
  await (deadline === undefined ? closed : Promise.race([closed, aborted(deadline)]));
}

async function closeQuietly(channel: Channel): Promise<void> {
  try {
    await channel.close();
  } catch {
    // Closed already.
  }
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise((resolve) => signal.addEventListener('abort', resolve));
}

/** Encodes consumer arguments, because amqplib cannot encode a Date. */
function consumerArguments(args: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(args).map(([key, value]) => [key, timestampOr(value)]));
}

function timestampOr(value: unknown): unknown {
  return value instanceof Date ? { '!': 'timestamp', value: Math.floor(value.getTime() / 1000) } : value;
}
