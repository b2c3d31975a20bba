import type { Logger } from 'pino';
import type { MessageMemory } from '../amqp/index.js';
import { type BrokerAddress, ConsumerConnection, Publisher } from '../broker/index.js';
import type { Configuration } from '../config/index.js';
import { busyAt, type EntryRuntime, prefetchOf } from '../dispatch/index.js';
import { asPublished } from '../failures/index.js';
import type { BrokerMetrics } from '../metrics/index.js';

export interface ConnectionsOptions {
  readonly configuration: Configuration;
  readonly address: BrokerAddress;
  readonly connectionName: string;
  readonly entries: readonly EntryRuntime[];
  readonly memory: MessageMemory;
  /** Counts losses and renewed subscriptions. */
  readonly observed: BrokerMetrics;
  /** The logger `amqp-dispatcher.amqplib`. */
  readonly connectionLogger: Logger;
  readonly random: () => number;
}

/** The connections of a daemon; each opens when it is first needed. */
export interface Connections {
  readonly consumer: ConsumerConnection;
  readonly publisher: Publisher;
}

/**
 * Connects every entry's flow to its subscription. After an outage one connection wakes the other: alone, they would
 * return up to half a minute apart.
 */
export function openConnections(options: ConnectionsOptions): Connections {
  const { configuration, connectionName, entries, memory, observed } = options;
  const shared = {
    address: options.address,
    name: connectionName,
    logger: options.connectionLogger,
    random: options.random,
    settings: configuration.connection,
  };
  const publisher: Publisher = new Publisher({
    ...shared,
    name: `${connectionName}.publisher`,
    onConnected: () => consumer.wake(),
    onLost: () => observed.connectionsLost.publisher++,
  });
  const consumer: ConsumerConnection = new ConsumerConnection({
    ...shared,
    onConnected: () => publisher.wake(),
    onLost: () => observed.connectionsLost.consumer++,
    topology: configuration,
    memory,
    subscriptions: entries.map(({ entry, consumerTag, isStream, flow }) => ({
      queue: entry.queue,
      consumerTag,
      prefetch: prefetchOf(entry),
      busyAt: busyAt(entry),
      arguments: entry.arguments,
      place: entry.place,
      isStream,
      wantsDeliveries: () => flow.wantsDeliveries,
      onDelivery: (message, epoch) => flow.receive(asPublished(message, memory), epoch),
      onLost: (epoch, reason) => flow.lose(epoch, reason),
      onCancelled: (epoch) => flow.takeBack(epoch),
      onResubscribed: (reason) => observed.resubscriptions[reason]++,
    })),
  });
  return { consumer, publisher };
}
