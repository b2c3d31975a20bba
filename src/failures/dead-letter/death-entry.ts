import {
  decodeRoute,
  type FieldTable,
  findFieldValue,
  findHeaders,
  findPropertyBytes,
  type ReceivedMessage,
} from '../../amqp/index.js';
import type { EndReason } from '../failure.js';
import type { MessageRecord } from '../message-record.js';

const DEATHS = 'x-death';
const NO_BYTES = new Uint8Array();

export interface DeathEntryOptions {
  readonly queue: string;
  readonly reason: EndReason;
  readonly at: Date;
  /** True for RabbitMQ 3.13 and later, which also names the last death. */
  readonly namesLast: boolean;
}

/**
 * Builds the broker's dead-letter headers (https://www.rabbitmq.com/docs/dlx#effects): a counted entry at the front of
 * `x-death`, and the first death.
 */
export function deathEntry(message: ReceivedMessage, options: DeathEntryOptions): MessageRecord {
  const { queue, at, namesLast } = options;
  const reason = options.reason === 'delivery-limit' ? 'delivery_limit' : 'rejected';
  const headers = findHeaders(message.properties) ?? NO_BYTES;
  const header = (name: string): FieldTable[string] => findFieldValue(headers, name);
  const { exchange, routingKey } = decodeRoute(message.route);
  const expiration = findPropertyBytes(message.properties, 'expiration')?.toString();
  const earlier = entriesOf(header(DEATHS));
  const isSame = (entry: FieldTable): boolean => entry['queue'] === queue && entry['reason'] === reason;
  const same = earlier.find(isSame);
  const entry: FieldTable = same ?? {
    reason,
    queue,
    time: at,
    exchange,
    'routing-keys': [routingKey, ...textsOf(header('CC'))],
    ...(expiration !== undefined && { 'original-expiration': expiration }),
  };
  return {
    [DEATHS]: [
      counted(entry, countOf(same) + 1n),
      ...earlier.filter((each) => !isSame(each)).map((each) => counted(each)),
    ],
    ...(header('x-first-death-reason') === undefined && deathNames('first', { reason, queue, exchange })),
    ...(namesLast && deathNames('last', { reason, queue, exchange })),
  };
}

function deathNames(which: 'first' | 'last', death: Readonly<Record<string, string>>): FieldTable {
  return Object.fromEntries(Object.entries(death).map(([name, value]) => [`x-${which}-death-${name}`, value]));
}

/** The broker expects a 64-bit count. */
function counted(entry: FieldTable, count = countOf(entry)): FieldTable {
  return { ...entry, count };
}

function countOf(entry: FieldTable | undefined): bigint {
  const count = entry?.['count'];
  if (typeof count === 'bigint') return count;
  return typeof count === 'number' && Number.isSafeInteger(count) ? BigInt(count) : 0n;
}

/** Any publisher may have written the header. */
function entriesOf(value: FieldTable[string]): readonly FieldTable[] {
  return Array.isArray(value) ? value.filter(isTable) : [];
}

function isTable(value: unknown): value is FieldTable {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

function textsOf(value: FieldTable[string]): readonly string[] {
  return Array.isArray(value) ? value.filter((each): each is string => typeof each === 'string') : [];
}
