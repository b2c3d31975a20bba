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
import { RECORD_HEADERS, RECORD_PREFIX } from '../protocol/index.js';

const MARK = Buffer.from(RECORD_PREFIX);
/** RabbitMQ would route the copy to these as well (https://www.rabbitmq.com/docs/sender-selected). */
const MORE_ROUTES = ['CC', 'BCC'];
/** Counted by a quorum queue for itself, by the second since RabbitMQ 4.3; a copy begins again. */
const BROKER_COUNTS = ['x-delivery-count', 'x-acquired-count'];
const DEATHS = 'x-death';
const PERSISTENT = 2;
const NO_BYTES = new Uint8Array();

/** Headers that are written into a copy. */
export type MessageRecord = FieldTable;

const NO_FAILURES = { attempts: 0, deaths: 0, firstSeen: undefined };

/** What the headers of a message tell of its earlier failures. */
export interface EarlierFailures {
  /** Deliveries that failed. */
  readonly attempts: number;
  /** Threads that ended while it ran. */
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

/** Anybody may have published the message: what is no count counts for nothing. */
function countOf(value: unknown): number {
  return typeof value === 'number' && value > 0 ? value : 0;
}

/**
 * A message that came back with a record looks as it did before: its exchange and routing key, and redelivered. It takes
 * the place of the one that came, which is released.
 */
export function asPublished(message: ReceivedMessage, memory: MessageMemory): ReceivedMessage {
  const route = publishedRoute(message);
  if (route === undefined) return message;
  const { deliveryTag, properties, body } = message;
  const shown = { deliveryTag, redelivered: true, route, properties, bodyLength: body.length };
  const original = ReceivedMessage.inRoomOfItsOwn(memory, shown);
  original.writeBody(body, 0);
  message.release();
  return original;
}

function publishedRoute(message: ReceivedMessage): Uint8Array | undefined {
  // Nearly every message ends here: its properties are shorter than the name of our header.
  if (message.propertiesLength <= MARK.length || !isDefaultExchange(message.route)) return undefined;
  const record = recordHeadersOf(message.properties);
  const exchange = textIn(record, RECORD_HEADERS.exchange);
  const routingKey = textIn(record, RECORD_HEADERS.routingKey);
  if (exchange === undefined || routingKey === undefined) return undefined;
  try {
    return encodeRoute({ exchange, routingKey });
  } catch {
    // Longer than any that a broker takes: somebody else wrote it.
    return undefined;
  }
}

/** Where a copy goes. */
export interface CopyTarget {
  readonly exchange: string;
  readonly routingKey: string;
  /** True: the copy keeps its `CC` header, by which the broker routes it as well. */
  readonly keepsMoreRoutes: boolean;
}

/** The message once more, for a queue, with its headers to the byte and a record among them. */
export function copyOf(message: ReceivedMessage, queue: string, record: MessageRecord): Publish {
  return copyFor(message, { exchange: '', routingKey: queue, keepsMoreRoutes: false }, record);
}

/** The message once more, with its headers to the byte and a record among them. */
export function copyFor(message: ReceivedMessage, target: CopyTarget, record: MessageRecord): Publish {
  // Copied out, as the body is: they may be on their way when the message's memory is used again.
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
    // A queue that has gone takes no copy, and then the original must not be acked.
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
 * The headers without the broker's list of queues that the message died in: with its own queue among them, the broker would
 * take the way back from a delay queue for a circle, and drop the message (https://www.rabbitmq.com/docs/dlx).
 */
export function withoutDeaths(headers: Uint8Array): Uint8Array {
  if (!bytesOf(headers).includes(DEATHS)) return headers;
  const kept = splitFieldTable(headers).filter(({ name }) => name !== DEATHS);
  return Buffer.concat(kept.map(({ bytes }) => bytes));
}

/** The headers of a message one by one; undefined when they cannot be told apart: RabbitMQ would not take them again. */
function entriesOf(list: Uint8Array): FieldTableEntry[] | undefined {
  try {
    return splitFieldTable(findHeaders(list) ?? NO_BYTES);
  } catch {
    return undefined;
  }
}

function recordHeadersOf(properties: Uint8Array): Uint8Array | undefined {
  // Nearly every message has none.
  if (!bytesOf(properties).includes(MARK)) return undefined;
  return findHeaders(properties);
}

/** A text in the record, as text or as bytes. */
function textIn(record: Uint8Array | undefined, name: string): WireText | undefined {
  const value: FieldValue | undefined = record === undefined ? undefined : findFieldValue(record, name);
  return typeof value === 'string' || value instanceof Uint8Array ? value : undefined;
}

/** A name as it stands before its value. */
function named(name: string): Buffer {
  return Buffer.concat([Buffer.of(Buffer.byteLength(name)), Buffer.from(name)]);
}

/** Other clients send bytes that are no UTF-8: those stay bytes. */
function wireText(bytes: Buffer): WireText {
  return isUtf8(bytes) ? bytes.toString() : bytes;
}

function bytesOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** The broker compares `userId` with our own user: it goes into the record instead. */
const COPIED_TEXTS = TEXT_PROPERTIES.filter((name) => name !== 'userId');

/** The properties that a copy keeps, to the byte: all but those that would have the broker refuse it. */
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
