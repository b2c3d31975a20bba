import { type Publish, splitFieldTable } from '../amqp/index.js';
import { propertiesOf } from '../failures/index.js';
import { BROKER_COUNTS, RECORD_HEADERS } from '../protocol/index.js';
import type { DeadMessage } from './dead-message.js';
import { fieldText } from './field-text.js';

/** Kept of our record: where the message was published, which its consumer is shown, and what the broker would act on. */
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
  // RabbitMQ would route the copy to these as well (https://www.rabbitmq.com/docs/sender-selected).
  'CC',
  'BCC',
]);
const DROPPED_KINDS = ['x-first-death-', 'x-last-death-'];

/**
 * The message as it was before it died, for the queue that it came from: nothing tells of its failures any more, and its
 * other headers are what they were, to the byte.
 * @param fallback the queue for a message that does not say where it came from
 * @throws RangeError or TypeError when its headers cannot be told apart
 */
export function replayCopy(message: DeadMessage, fallback: string): Publish {
  const { properties: raw, list, body } = message.taken;
  if (message.record('unreadable') !== undefined) {
    throw new TypeError('its properties or headers could not be read, and the broker takes no such message');
  }
  const origin = message.record('queue');
  const kept = splitFieldTable(list.headers).filter(({ name }) => !isDropped(name));
  // A lifetime that it had once would have ended long ago.
  const { expiration: _, ...properties } = propertiesOf(raw);
  return {
    exchange: '',
    routingKey: origin === undefined ? fallback : fieldText(origin),
    mandatory: true,
    body,
    headers: Buffer.concat(kept.map(({ bytes }) => bytes)),
    properties,
  };
}

function isDropped(name: string): boolean {
  return DROPPED.has(name) || DROPPED_KINDS.some((kind) => name.startsWith(kind));
}
