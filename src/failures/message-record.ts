import {
  decodeFieldTable,
  decodePropertyList,
  decodeRoute,
  encodeFieldTable,
  encodeRoute,
  type FieldTable,
  hasHeaders,
  isDefaultExchange,
  type MessageMemory,
  type Publish,
  type PublishProperties,
  RECORD_HEADERS,
  RECORD_PREFIX,
  ReceivedMessage,
  SHORT_STRING_BYTES,
  splitFieldTable,
  TEXT_PROPERTIES,
  type WireProperties,
} from '../protocol/index.js';

const MARK = Buffer.from(RECORD_PREFIX);
/** RabbitMQ would route the copy to these as well (https://www.rabbitmq.com/docs/sender-selected). */
const MORE_ROUTES = ['CC', 'BCC'];
/** Counted by a quorum queue for itself, by the second since RabbitMQ 4.3; a copy begins again. */
const BROKER_COUNTS = ['x-delivery-count', 'x-acquired-count'];
const DEATHS = 'x-death';

/** Headers that are written into a copy. */
export type MessageRecord = FieldTable;

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
  const firstSeen = headers?.[RECORD_HEADERS.firstSeen];
  return {
    attempts: countOf(headers?.[RECORD_HEADERS.attempts]),
    deaths: countOf(headers?.[RECORD_HEADERS.deaths]),
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
  const exchange = record?.[RECORD_HEADERS.exchange];
  const routingKey = record?.[RECORD_HEADERS.routingKey];
  if (typeof exchange !== 'string' || typeof routingKey !== 'string') return undefined;
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
  const { properties, headers } = decodePropertyList(message.properties);
  const { exchange, routingKey } = decodeRoute(message.route);
  const { userId } = properties;
  const { keepsMoreRoutes, ...route } = target;
  const more: FieldTable = {
    [RECORD_HEADERS.exchange]: exchange,
    [RECORD_HEADERS.routingKey]: routingKey,
    ...(userId !== undefined && { [RECORD_HEADERS.userId]: userId }),
    ...(!keepsMoreRoutes && routesOf(headers)),
    ...record,
  };
  const replaced = new Set([...Object.keys(more), ...(keepsMoreRoutes ? [] : MORE_ROUTES), ...BROKER_COUNTS]);
  const kept = splitFieldTable(headers).filter(({ name }) => !replaced.has(name));
  return {
    ...route,
    // A queue that has gone takes no copy, and then the original must not be acked.
    mandatory: true,
    // Copied out: it may be on its way when the message's memory is used again.
    body: Buffer.from(message.body),
    headers: Buffer.concat([...kept.map(({ bytes }) => bytes), encodeFieldTable(more)]),
    properties: propertiesOf(properties),
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

function recordHeadersOf(properties: Uint8Array): FieldTable | undefined {
  // Nearly every message has none: its headers stay bytes.
  if (!hasHeaders(properties) || !bytesOf(properties).includes(MARK)) return undefined;
  try {
    return decodeFieldTable(decodePropertyList(properties).headers);
  } catch {
    // Anybody may have published it, and no throw may reach the connection. The broker nests deeper than our stack.
    return undefined;
  }
}

function routesOf(headers: Uint8Array): FieldTable {
  if (!bytesOf(headers).includes('CC')) return {};
  const { CC: routes } = decodeFieldTable(headers);
  return routes === undefined ? {} : { [RECORD_HEADERS.cc]: routes };
}

function bytesOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** The broker compares `userId` with our own user: it goes into the record instead. */
const COPIED_TEXTS = TEXT_PROPERTIES.filter((name) => name !== 'userId');

/** Bytes that are no UTF-8 grow when they are read: what does not fit any more is left out, or nothing could be counted. */
function isShortString(value: unknown): boolean {
  return typeof value === 'string' && Buffer.byteLength(value) <= SHORT_STRING_BYTES;
}

/** The properties that a copy keeps: all but those that would have the broker refuse it. */
export function propertiesOf(properties: WireProperties): PublishProperties {
  const { deliveryMode, priority, timestamp } = properties;
  const texts = COPIED_TEXTS.map((name) => [name, properties[name]]).filter(([, value]) => isShortString(value));
  return {
    persistent: deliveryMode === 2,
    ...(typeof priority === 'number' && { priority }),
    ...(Number.isSafeInteger(timestamp) && { timestamp: Number(timestamp) }),
    ...Object.fromEntries(texts),
  };
}
