import { type Publish, splitFieldTable } from '../amqp/index.js';
import { BROKER_COUNTS, RECORD_HEADERS } from '../bridge/index.js';
import { propertiesOf } from '../failures/index.js';
import type { DeadMessage } from './dead-message.js';
import { headerText } from './header-text.js';

/** The original route, which the consumer sees, and what the broker would act on. */
const KEPT: readonly string[] = [
  RECORD_HEADERS.exchange,
  RECORD_HEADERS.routingKey,
  RECORD_HEADERS.userId,
  RECORD_HEADERS.cc,
];
const DROPPED = new Set([
  ...Object.values(RECORD_HEADERS).filter((name) => !KEPT.includes(name)),
  ...BROKER_COUNTS,
  'x-death',
  // RabbitMQ would also route the copy to these (https://www.rabbitmq.com/docs/sender-selected).
  'CC',
  'BCC',
]);
const DROPPED_KINDS = ['x-first-death-', 'x-last-death-'];

/**
 * Restores a message for its original queue: drops the failure record and keeps all other headers byte for byte.
 * @param fallback the queue for a message that does not name its own
 * @throws RangeError or TypeError when the headers cannot be split
 */
export function replayCopy(message: DeadMessage, fallback: string): Publish {
  const { properties: raw, list, body } = message.taken;
  if (message.record('unreadable') !== undefined) {
    throw new TypeError('its properties or headers cannot be read, and the broker accepts no such message');
  }
  const origin = message.record('queue');
  const kept = splitFieldTable(list.headers).filter(({ name }) => !isDropped(name));
  // The original lifetime would expire at once.
  const { expiration: _, ...properties } = propertiesOf(raw);
  return {
    exchange: '',
    routingKey: origin === undefined ? fallback : headerText(origin),
    mandatory: true,
    body,
    headers: Buffer.concat(kept.map(({ bytes }) => bytes)),
    properties,
  };
}

function isDropped(name: string): boolean {
  return DROPPED.has(name) || DROPPED_KINDS.some((kind) => name.startsWith(kind));
}
