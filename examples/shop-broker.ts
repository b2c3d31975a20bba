import { type ChannelModel, connect } from 'amqplib';
import { type BrokerAddress, parseBrokerUrl } from '../src/config/index.js';
import { messageOf } from '../src/errors/index.js';
import { startAnyBroker } from '../test/support/broker/any-broker.js';
import type { ShopPlan } from './shop-plan.js';

/** The broker that the example runs on: the one in RABBITMQ_URL, else one of its own. */
export interface ShopBroker {
  /** `RABBITMQ_URL` of the daemon. */
  readonly url: string;
  /** Ends a broker of our own; leaves another's alone. */
  stop(): Promise<void>;
}

export async function findBroker(url = process.env['RABBITMQ_URL']): Promise<ShopBroker> {
  if (url !== undefined && url !== '') {
    console.log('Broker: the one in RABBITMQ_URL');
    return { url, stop: async () => {} };
  }
  const started = performance.now();
  console.log('Broker: starting a RabbitMQ node of our own (set RABBITMQ_URL to use another)…');
  const broker = await startAnyBroker();
  console.log(`Broker: up after ${((performance.now() - started) / 1000).toFixed(1)} s`);
  return { url: broker.url(), stop: () => broker.stop() };
}

/** Opens the example's own connection, apart from the daemon's. */
export async function openConnection(url: string): Promise<ChannelModel> {
  const { protocol, hosts, username, password, vhost }: BrokerAddress = parseBrokerUrl(url);
  let failure: unknown;
  for (const { host, port } of hosts) {
    const target = { protocol, hostname: host, port, username, password, vhost: encodeURIComponent(vhost) };
    try {
      const connection = await connect(target, { clientProperties: { connection_name: 'example.customers' } });
      connection.on('error', () => undefined); // whatever runs on it fails and says so
      return connection;
    } catch (error) {
      failure = error;
    }
  }
  throw failure;
}

/** How many messages wait in a queue, and how many consumers it has; undefined when there is no such queue. */
export async function lookAt(
  connection: ChannelModel,
  queue: string,
): Promise<{ readonly messages: number; readonly consumers: number } | undefined> {
  // A passive declaration of a queue that is missing closes its channel: each look has its own.
  const channel = await connection.createChannel();
  channel.on('error', () => undefined);
  try {
    const { messageCount, consumerCount } = await channel.checkQueue(queue);
    await channel.close();
    return { messages: messageCount, consumers: consumerCount };
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 404) return undefined;
    throw error;
  }
}

/** @throws when a queue of this name is there already: its messages are not ours to consume */
export async function refuseForeignQueues(connection: ChannelModel, { queues }: ShopPlan): Promise<void> {
  for (const { name } of queues) {
    if ((await lookAt(connection, name)) === undefined) continue;
    throw new Error(
      `this broker has a queue "${name}" already, and the example would consume its messages: ` +
        'delete it, or name an empty virtual host in RABBITMQ_URL',
    );
  }
}

/** Removes what the daemon declared, so that the broker is as it was. Says so when it cannot. */
export async function removeShop(connection: ChannelModel, { exchanges, queues }: ShopPlan): Promise<void> {
  try {
    const channel = await connection.createChannel();
    channel.on('error', () => undefined); // the call that caused it rejects
    for (const { name } of queues) await channel.deleteQueue(name);
    for (const exchange of exchanges) await channel.deleteExchange(exchange);
    await channel.close();
  } catch (error) {
    console.error(`the shop's queues could not be removed from the broker: ${messageOf(error)}`);
  }
}
