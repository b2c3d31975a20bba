import { BrokerError } from '../../errors/index.js';
import type { AmqpConnection } from './amqp-connection.js';
import { inRandomOrder } from './broker-address.js';
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
  const reasons: string[] = [];
  for (const { host, port } of inRandomOrder(address.hosts, random)) {
    if (signal.aborted) break;
    try {
      return await open({ ...options, host, port });
    } catch (error) {
      if (isRefusal(error)) throw refused(address, { host, port }, error);
      reasons.push(`cannot connect to ${host}:${port}: ${reasonOf(error)}`);
    }
  }
  throw new BrokerError('BROKER_UNREACHABLE', reasons.join('\n') || 'interrupted before the connection was open');
}
