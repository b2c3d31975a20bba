import type { Channel } from 'amqplib';
import type { ExchangeDeclaration, QueueDeclaration } from '../topology/topology.js';
import { type Inequality, valueOf } from './inequality.js';

/** An exchange or a queue of the file, as it is declared. */
export interface DeclaredEntry {
  readonly kind: 'exchange' | 'queue';
  readonly name: string;
  /** The entry in the file: `queues[0]`. */
  readonly path: string;
  readonly passive: boolean;
  /** Undefined for a queue. */
  readonly type: string | undefined;
  /** As the broker spells them: durable, auto_delete, internal, exclusive. */
  readonly properties: Readonly<Record<string, boolean>>;
  readonly arguments: Readonly<Record<string, unknown>>;
}

export function exchangeEntry(exchange: ExchangeDeclaration): DeclaredEntry {
  const { durable, autoDelete, internal, type = 'direct' } = exchange;
  return {
    kind: 'exchange',
    name: exchange.exchange,
    path: exchange.path,
    passive: exchange.passive,
    type,
    properties: { durable, auto_delete: autoDelete, internal },
    arguments: exchange.arguments,
  };
}

export function queueEntry(queue: QueueDeclaration): DeclaredEntry {
  const { durable, autoDelete, exclusive } = queue;
  return {
    kind: 'queue',
    name: queue.queue,
    path: queue.path,
    passive: queue.passive,
    type: undefined,
    properties: { durable, auto_delete: autoDelete, exclusive },
    arguments: queue.arguments,
  };
}

/**
 * Declares what exists. The passive declaration goes first on the same channel: if the entry has been deleted meanwhile, the
 * broker closes the channel before anything could be created.
 */
export async function declareExisting(channel: Channel, entry: DeclaredEntry): Promise<void> {
  const { kind, name, type, arguments: args } = entry;
  const { durable = true, auto_delete: autoDelete = false, internal = false, exclusive = false } = entry.properties;
  if (kind === 'exchange') {
    await channel.checkExchange(name);
    await channel.assertExchange(name, type ?? 'direct', { durable, autoDelete, internal, arguments: args });
  } else {
    await channel.checkQueue(name);
    await channel.assertQueue(name, { durable, autoDelete, exclusive, arguments: args });
  }
}

/** The entry with the broker's value in place of the file's, so that it can name the next difference; undefined: it cannot. */
export function adopt(entry: DeclaredEntry, inequality: Inequality): DeclaredEntry | undefined {
  const { name, current } = inequality;
  const written = entry.arguments[name];
  // The broker tells the type only where one of the two is not set; two that can be compared have one type.
  const value = typeof written === 'string' && current !== 'none' ? current : valueOf(inequality);
  if (name === 'type') return { ...entry, type: current };
  if (name in entry.properties) {
    return typeof value === 'boolean' ? { ...entry, properties: { ...entry.properties, [name]: value } } : undefined;
  }
  const { [name]: _file, ...others } = entry.arguments;
  return { ...entry, arguments: value === undefined ? others : { ...others, [name]: value } };
}
