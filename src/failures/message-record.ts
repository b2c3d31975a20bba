import { isUtf8 } from 'node:buffer';
import {
  encodeFieldTable,
  encodeRoute,
  type FieldTable,
  type FieldTableEntry,
  type FieldValue,
  findFieldValue,
  findHeaders,
  findPropertyBytes,
  findPropertyText,
  isDefaultExchange,
  type MessageMemory,
  type Publish,
  type PublishProperties,
  ReceivedMessage,
  splitFieldTable,
  splitRoute,
  TEXT_PROPERTIES,
  type WireText,
} from '../amqp/index.js';
import { BROKER_COUNTS, RECORD_HEADERS, RECORD_PREFIX } from '../bridge/index.js';

const MARK = Buffer.from(RECORD_PREFIX);
/** RabbitMQ would also route the copy to these (https://www.rabbitmq.com/docs/sender-selected). */
const MORE_ROUTES = ['CC', 'BCC'];
const DEATHS = 'x-death';
const PERSISTENT = 2;
const NO_BYTES = new Uint8Array();

/** Headers to write into a copy. */
export type MessageRecord = FieldTable;

const NO_FAILURES = { attempts: 0, deaths: 0, firstSeen: undefined };

/** Earlier failures, from a message's headers. */
export interface EarlierFailures {
  readonly attempts: number;
  readonly deaths: number;
  readonly firstSeen: Date | undefined;
}

export function recordOf({ properties }: ReceivedMessage): EarlierFailures {
  const headers = recordHeadersOf(properties);
  if (headers === undefined) return NO_FAILURES;
  const firstSeen = findFieldValue(headers, RECORD_HEADERS.firstSeen);
  return {
    attempts: countOf(findFieldValue(headers, RECORD_HEADERS.attempts)),
    deaths: countOf(findFieldValue(headers, RECORD_HEADERS.deaths)),
    firstSeen: firstSeen instanceof Date ? firstSeen : undefined,
  };
}

function countOf(value: unknown): number {
  return typeof value === 'number' && value > 0 ? value : 0;
}

/** Gives a returned copy its original route, and marks it redelivered; releases the message it replaces. */
export function asPublished(message: ReceivedMessage, memory: MessageMemory): ReceivedMessage {
  const route = publishedRoute(message);
  if (route === undefined) return message;
  const { deliveryTag, properties, body } = message;
  const shown = { deliveryTag, redelivered: true, route, properties, bodyLength: body.length };
  const original = ReceivedMessage.inOwnSegment(memory, shown);
  original.writeBody(body, 0);
  message.release();
  return original;
}

function publishedRoute(message: ReceivedMessage): Uint8Array | undefined {
  // Fast path: the properties of nearly every message are shorter than our header's name.
  if (message.propertiesLength <= MARK.length || !isDefaultExchange(message.route)) return undefined;
  const record = recordHeadersOf(message.properties);
  const exchange = textIn(record, RECORD_HEADERS.exchange);
  const routingKey = textIn(record, RECORD_HEADERS.routingKey);
  if (exchange === undefined || routingKey === undefined) return undefined;
  try {
    return encodeRoute({ exchange, routingKey });
  } catch {
    // Too long for a broker, so not ours.
    return undefined;
  }
}

/** Where to publish a copy. */
export interface CopyTarget {
  readonly exchange: string;
  readonly routingKey: string;
  /** Keeps the `CC` header, by which the broker routes as well. */
  readonly keepsMoreRoutes: boolean;
}

/** Copies a message, its headers byte for byte plus a record. */
export function copyOf(message: ReceivedMessage, queue: string, record: MessageRecord): Publish {
  return copyFor(message, { exchange: '', routingKey: queue, keepsMoreRoutes: false }, record);
}

export function copyFor(message: ReceivedMessage, target: CopyTarget, record: MessageRecord): Publish {
  // The message's memory may be reused before the publish is sent.
  const list = Buffer.from(message.properties);
  const { exchange, routingKey } = splitRoute(Buffer.from(message.route));
  const { keepsMoreRoutes, ...route } = target;
  const own = entriesOf(list);
  const userId = findPropertyBytes(list, 'userId');
  const more: FieldTable = {
    [RECORD_HEADERS.exchange]: wireText(exchange),
    [RECORD_HEADERS.routingKey]: wireText(routingKey),
    ...(userId !== undefined && { [RECORD_HEADERS.userId]: wireText(userId) }),
    ...(own === undefined && { [RECORD_HEADERS.unreadable]: list }),
    ...record,
  };
  const routes = keepsMoreRoutes ? undefined : own?.find(({ name }) => name === 'CC');
  const replaced = new Set([...Object.keys(more), ...(keepsMoreRoutes ? [] : MORE_ROUTES), ...BROKER_COUNTS]);
  if (routes !== undefined) replaced.add(RECORD_HEADERS.cc);
  const kept = (own ?? []).filter(({ name }) => !replaced.has(name)).map(({ bytes }) => bytes);
  return {
    ...route,
    // Without a queue for the copy, the original must not be acked.
    mandatory: true,
    body: Buffer.from(message.body),
    headers: Buffer.concat([
      ...kept,
      ...(routes === undefined ? [] : [named(RECORD_HEADERS.cc), routes.value]),
      encodeFieldTable(more),
    ]),
    properties: propertiesOf(list),
  };
}

/**
 * Removes `x-death`: with the target queue in it, the broker would see a cycle and drop the message
 * (https://www.rabbitmq.com/docs/dlx).
 */
export function withoutDeaths(headers: Uint8Array): Uint8Array {
  if (!bytesOf(headers).includes(DEATHS)) return headers;
  const kept = splitFieldTable(headers).filter(({ name }) => name !== DEATHS);
  return Buffer.concat(kept.map(({ bytes }) => bytes));
}

/** Undefined when the headers cannot be split. */
function entriesOf(list: Uint8Array): FieldTableEntry[] | undefined {
  try {
    return splitFieldTable(findHeaders(list) ?? NO_BYTES);
  } catch {
    return undefined;
  }
}

function recordHeadersOf(properties: Uint8Array): Uint8Array | undefined {
  if (!bytesOf(properties).includes(MARK)) return undefined;
  return findHeaders(properties);
}

function textIn(record: Uint8Array | undefined, name: string): WireText | undefined {
  const value: FieldValue | undefined = record === undefined ? undefined : findFieldValue(record, name);
  return typeof value === 'string' || value instanceof Uint8Array ? value : undefined;
}

function named(name: string): Buffer {
  return Buffer.concat([Buffer.of(Buffer.byteLength(name)), Buffer.from(name)]);
}

/** Other clients send invalid UTF-8; that stays bytes. */
function wireText(bytes: Buffer): WireText {
  return isUtf8(bytes) ? bytes.toString() : bytes;
}

function bytesOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** The broker requires `userId` to be our own user, so the record keeps it. */
const COPIED_TEXTS = TEXT_PROPERTIES.filter((name) => name !== 'userId');

/** The properties of a copy, byte for byte except those that the broker would refuse. */
export function propertiesOf(list: Uint8Array): PublishProperties {
  const number = (name: 'priority' | 'timestamp' | 'deliveryMode'): number => Number(findPropertyText(list, name));
  const texts = COPIED_TEXTS.flatMap((name) => {
    const bytes = findPropertyBytes(list, name);
    return bytes === undefined ? [] : [[name, wireText(Buffer.from(bytes))]];
  });
  const priority = number('priority');
  const timestamp = findPropertyText(list, 'timestamp');
  return {
    persistent: number('deliveryMode') === PERSISTENT,
    ...(Number.isInteger(priority) && { priority }),
    ...(timestamp !== undefined && { timestamp: secondsOf(timestamp) }),
    ...Object.fromEntries(texts),
  };
}

function secondsOf(digits: string): number | bigint {
  const seconds = Number(digits);
  return Number.isSafeInteger(seconds) ? seconds : BigInt(digits);
}
