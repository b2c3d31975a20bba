import { BrokerError } from '../../errors/index.js';
import type { AmqpConnection } from './amqp-connection.js';
import { type Connect, type ConnectOptions, connect } from './connect.js';
import { isRefusal, reasonOf, refused } from './refusal.js';

export interface OneConnectionOptions extends Omit<ConnectOptions, 'host' | 'port'> {
  readonly random: () => number;
  /** Opens the connection. Default: over TCP, or TLS. */
  readonly connect?: Connect;
}

/**
 * Connects for a command: tries each host once, in random order, and does not reconnect.
 * @throws BrokerError `BROKER_REFUSED`, or `BROKER_UNREACHABLE` with the reason of each host
 */
export async function connectOnce({
  random,
  connect: open = connect,
  ...options
}: OneConnectionOptions): Promise<AmqpConnection> {
  const { address, signal } = options;
  const hosts = address.hosts
    .map((place) => ({ place, order: random() }))
    .toSorted((left, right) => left.order - right.order);
  const reasons: string[] = [];
  for (const { place } of hosts) {
    if (signal.aborted) break;
    try {
      return await open({ ...options, ...place });
    } catch (error) {
      if (isRefusal(error)) throw refused(address, place, error);
      reasons.push(`cannot connect to ${place.host}:${place.port}: ${reasonOf(error)}`);
    }
  }
  throw new BrokerError('BROKER_UNREACHABLE', reasons.join('\n') || 'interrupted before the connection was open');
}
