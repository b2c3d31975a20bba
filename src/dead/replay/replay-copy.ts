import { type Publish, splitFieldTable } from '../../amqp/index.js';
import { BROKER_COUNTS, RECORD_HEADERS } from '../../bridge/index.js';
import { propertiesOf } from '../../failures/index.js';
import type { DeadMessage } from '../message/dead-message.js';
import { headerText } from '../message/header-text.js';

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

/** Where replayed messages go. */
export interface ReplayTarget {
  /** The queue for a message that does not name its own; undefined: such a message stays. */
  readonly fallback: string | undefined;
  /** The queue for all messages; absent: the one in which each died. */
  readonly target?: string | undefined;
}

/**
 * Restores a message for its original queue: drops the failure record and keeps all other headers byte for byte.
 * @throws RangeError or TypeError when the headers cannot be split, or nothing says where the message belongs
 */
export function replayCopy(message: DeadMessage, { fallback, target }: ReplayTarget): Publish {
  const { properties: raw, list, body } = message.taken;
  if (message.record('unreadable') !== undefined) {
    throw new TypeError('its properties or headers cannot be read, and the broker accepts no such message');
  }
  const routingKey = target ?? originOf(message) ?? fallback;
  if (routingKey === undefined) throw new TypeError('nothing says in which queue it died (name one with --to)');
  const kept = splitFieldTable(list.headers).filter(({ name }) => !isDropped(name));
  // The original lifetime would expire at once.
  const { expiration: _, ...properties } = propertiesOf(raw);
  return {
    exchange: '',
    routingKey,
    mandatory: true,
    body,
    headers: Buffer.concat(kept.map(({ bytes }) => bytes)),
    properties,
  };
}

function originOf(message: DeadMessage): string | undefined {
  const origin = message.record('queue');
  return origin === undefined ? undefined : headerText(origin);
}

function isDropped(name: string): boolean {
  return DROPPED.has(name) || DROPPED_KINDS.some((kind) => name.startsWith(kind));
}
