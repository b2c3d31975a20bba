import { isUtf8 } from 'node:buffer';
import {
  encodeFieldTable,
  type FieldTable,
  findPropertyBytes,
  findPropertyText,
  isFieldTable,
  isReadableTable,
  type Publish,
  type PublishProperties,
  splitFieldTable,
  TEXT_PROPERTIES,
  type WireText,
} from '../../amqp/index.js';
import { BROKER_COUNTS, RECORD_HEADERS } from '../../bridge/index.js';
import type { TakenMessage } from '../../broker/index.js';
import { headersFromJson, headersToJson } from './header-json.js';
import { isJsonObject, type JsonObject, type JsonValue, parseJson } from './json-value.js';

const PERSISTENT = 2;
const TRANSIENT = 1;
/** The broker acts on these when a copy is published; the header keeps the value. */
const MOVED_PROPERTIES = { userId: RECORD_HEADERS.userId, expiration: RECORD_HEADERS.expiration } as const;
/** RabbitMQ would also route the copy to these (https://www.rabbitmq.com/docs/sender-selected). */
const MORE_ROUTES = ['CC', 'BCC'];

/** Formats a message as the object of one line of JSON: body, properties and headers without a loss. */
export function lineOf(message: TakenMessage, queue: string): JsonObject {
  const { properties, list, body } = message;
  return {
    queue,
    properties: propertiesToJson(properties),
    ...headersOf(list.headers),
    ...(isUtf8(body) ? { body: body.toString() } : { bodyBase64: body.toString('base64') }),
  };
}

/**
 * Reads a line back as the message to publish to a queue. The copy has `user_id`, `expiration` and `CC` as headers of the
 * record, because the broker would act on them, and not the counts of a quorum queue.
 * @throws Error when it is not a line of an export
 */
export function publishOf(line: string, queue: string): Publish {
  const json = parseJson(line);
  if (!isJsonObject(json)) throw new TypeError('a line is a JSON object');
  const properties = propertiesFromJson(json['properties'] ?? {});
  const headers = headerBytes(json);
  if (!isFieldTable(headers)) throw new TypeError('headers: the broker would not accept them');
  return copyTo(queue, { properties, headers, body: bodyBytes(json) });
}

/** The message to publish to a queue for one that was taken out of it: equal for a message and its imported copy. */
export function copyOfTaken(message: TakenMessage, queue: string): Publish {
  return publishOf(JSON.stringify(lineOf(message, queue)), queue);
}

function copyTo(
  queue: string,
  { properties, headers, body }: Pick<Publish, 'properties' | 'headers' | 'body'>,
): Publish {
  const { userId, expiration, ...kept } = properties;
  const entries = splitFieldTable(headers);
  const has = (name: string): boolean => entries.some((entry) => entry.name === name);
  const routes = entries.find(({ name }) => name === 'CC');
  const moved: FieldTable = {
    ...(userId !== undefined && !has(MOVED_PROPERTIES.userId) && { [MOVED_PROPERTIES.userId]: userId }),
    ...(expiration !== undefined && !has(MOVED_PROPERTIES.expiration) && { [MOVED_PROPERTIES.expiration]: expiration }),
  };
  const name = Buffer.from(RECORD_HEADERS.cc);
  const dropped = [...BROKER_COUNTS, ...MORE_ROUTES];
  return {
    exchange: '',
    routingKey: queue,
    mandatory: true,
    body,
    headers: Buffer.concat([
      ...entries.filter((entry) => !dropped.includes(entry.name)).map(({ bytes }) => bytes),
      ...(routes === undefined || has(RECORD_HEADERS.cc) ? [] : [Buffer.of(name.length), name, routes.value]),
      encodeFieldTable(moved),
    ]),
    properties: kept,
  };
}

function propertiesToJson(list: Uint8Array): JsonObject {
  const numbers = (['deliveryMode', 'priority'] as const).flatMap((name): [string, JsonValue][] => {
    const digits = findPropertyText(list, name);
    return digits === undefined ? [] : [[name, Number(digits)]];
  });
  const timestamp = findPropertyText(list, 'timestamp');
  const texts = TEXT_PROPERTIES.flatMap((name): [string, JsonValue][] => {
    const bytes = findPropertyBytes(list, name);
    if (bytes === undefined) return [];
    return [[name, isUtf8(bytes) ? bytes.toString() : { base64: bytes.toString('base64') }]];
  });
  return Object.fromEntries([
    ...texts,
    ...numbers,
    // 64 bits, more than a JSON number holds.
    ...(timestamp === undefined ? [] : [['timestamp', timestamp] as const]),
  ]);
}

function propertiesFromJson(json: JsonValue): PublishProperties {
  if (!isJsonObject(json)) throw new TypeError('properties: not an object');
  const known: readonly string[] = [...TEXT_PROPERTIES, 'deliveryMode', 'priority', 'timestamp'];
  const unknown = Object.keys(json).find((name) => !known.includes(name));
  if (unknown !== undefined) throw new TypeError(`properties: "${unknown}" is not an AMQP property`);
  const { deliveryMode = TRANSIENT, priority, timestamp } = json;
  if (priority !== undefined && !(Number(priority) >= 0 && Number(priority) <= 255)) {
    throw new TypeError('properties: priority is not a number from 0 to 255');
  }
  const texts = TEXT_PROPERTIES.flatMap((name): [string, WireText][] => {
    const value = json[name];
    return value === undefined ? [] : [[name, wireText(name, value)]];
  });
  return {
    persistent: deliveryMode === PERSISTENT,
    ...(priority !== undefined && { priority: Number(priority) }),
    ...(timestamp !== undefined && { timestamp: secondsOf(timestamp) }),
    ...Object.fromEntries(texts),
  };
}

/** A text, because seconds have 64 bits. */
function secondsOf(value: JsonValue): bigint {
  if (typeof value === 'string' && /^\d{1,20}$/.test(value)) {
    const seconds = BigInt(value);
    if (BigInt.asUintN(64, seconds) === seconds) return seconds;
  }
  throw new TypeError('properties: timestamp is not a text of seconds');
}

function wireText(name: string, value: JsonValue): WireText {
  if (typeof value === 'string') return value;
  const base64 = isJsonObject(value) ? value['base64'] : undefined;
  if (typeof base64 !== 'string') throw new TypeError(`properties: ${name} is not a text`);
  return Buffer.from(base64, 'base64');
}

/** Headers that cannot be read, which no RabbitMQ sends, are kept as their bytes. */
function headersOf(headers: Uint8Array): JsonObject {
  return isReadableTable(headers, 0, headers.length)
    ? { headers: headersToJson(headers) }
    : { headersBase64: Buffer.from(headers).toString('base64') };
}

function headerBytes({ headers = {}, headersBase64 }: JsonObject): Uint8Array {
  if (typeof headersBase64 === 'string') return Buffer.from(headersBase64, 'base64');
  if (!isJsonObject(headers)) throw new TypeError('headers: not an object');
  return headersFromJson(headers);
}

function bodyBytes({ body, bodyBase64 }: JsonObject): Buffer {
  if (typeof body === 'string' && bodyBase64 === undefined) return Buffer.from(body);
  if (typeof bodyBase64 === 'string' && body === undefined) return Buffer.from(bodyBase64, 'base64');
  throw new TypeError('a line has either a body or a bodyBase64');
}
