import { type BrokerServer, isRabbitMqSince, type ReleaseLine } from '../connection/server.js';
import type { QueueDeclaration } from '../topology/topology.js';
import type { Difference } from './difference.js';

const TYPE = 'x-queue-type';
const TIMEOUT = 'x-consumer-timeout';
const SINCE: Readonly<Record<string, ReleaseLine>> = { quorum: '3.8', stream: '3.9' };

/** Tells where this release of RabbitMQ refuses or ignores a part of a queue that does not exist yet. */
export function releaseDifferences(queue: QueueDeclaration, server: BrokerServer): Difference[] {
  const { path, durable, exclusive, passive, arguments: args } = queue;
  if (passive || server.product !== 'RabbitMQ') return [];
  const broker = `RabbitMQ ${server.version}`;
  const found: Difference[] = [];
  const type = typeof args[TYPE] === 'string' ? args[TYPE] : undefined;
  const since = type === undefined ? undefined : SINCE[type];
  if (since !== undefined && !isRabbitMqSince(server, since)) {
    const message = `is "${type}", and the broker is ${broker}, which has no such queues (since ${since})`;
    found.push({ severity: 'problem', entry: path, key: TYPE, message });
  }
  if (!durable && !exclusive && isRabbitMqSince(server, '4.3')) {
    const message = `is false, and the broker is ${broker}, which refuses such queues unless transient_nonexcl_queues is permitted`;
    found.push({ severity: 'warning', entry: path, key: 'durable', message });
  }
  if (args[TIMEOUT] !== undefined && !isRabbitMqSince(server, '3.11')) {
    const message = `is set, and the broker is ${broker}, which ignores it (since 3.11)`;
    found.push({ severity: 'warning', entry: path, key: TIMEOUT, message });
  }
  return found;
}
