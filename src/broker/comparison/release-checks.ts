import { type BrokerServer, isRabbitMqSince, type ReleaseLine } from '../connection/server.js';
import type { QueueDeclaration } from '../topology/topology.js';
import type { Difference } from './difference.js';

const TYPE = 'x-queue-type';
const TIMEOUT = 'x-consumer-timeout';
const SINCE: Readonly<Record<string, ReleaseLine>> = { quorum: '3.8', stream: '3.9' };

/**
 * Tells what this release of RabbitMQ does with a queue that is neither durable nor exclusive; undefined: it is no such queue.
 * 4.0 deprecated the feature; 4.0.5 and 4.3.6 permit it by default.
 */
export function transientDifference(queue: QueueDeclaration, server: BrokerServer): Difference | undefined {
  const { path, durable, exclusive, passive } = queue;
  if (passive || durable || exclusive || server.product !== 'RabbitMQ') return undefined;
  const message = `is false, and the queue is not exclusive: a restart of the broker deletes it, and ${verdict(server)}`;
  return { severity: 'warning', entry: path, key: 'durable', message };
}

function verdict(server: BrokerServer): string {
  const { version } = server;
  if (!isRabbitMqSince(server, '4.0')) return `RabbitMQ ${version} permits such queues; RabbitMQ 4 deprecates them`;
  return (
    `RabbitMQ ${version} permits such queues by default, ` +
    'but its configuration can deny the deprecated feature transient_nonexcl_queues'
  );
}

/** Tells where this release of RabbitMQ refuses or ignores a part of a queue that does not exist yet. */
export function releaseDifferences(queue: QueueDeclaration, server: BrokerServer): Difference[] {
  const { path, passive, arguments: args } = queue;
  if (passive || server.product !== 'RabbitMQ') return [];
  const broker = `RabbitMQ ${server.version}`;
  const found: Difference[] = [];
  const type = typeof args[TYPE] === 'string' ? args[TYPE] : undefined;
  const since = type === undefined ? undefined : SINCE[type];
  if (since !== undefined && !isRabbitMqSince(server, since)) {
    const message = `is "${type}", and the broker is ${broker}, which has no such queues (since ${since})`;
    found.push({ severity: 'problem', entry: path, key: TYPE, message });
  }
  if (args[TIMEOUT] !== undefined && !isRabbitMqSince(server, '3.11')) {
    const message = `is set, and the broker is ${broker}, which ignores it (since 3.11)`;
    found.push({ severity: 'warning', entry: path, key: TIMEOUT, message });
  }
  return found;
}
