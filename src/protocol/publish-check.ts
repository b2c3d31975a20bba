import { isFieldTable } from './field-table-check.js';
import { isRecord } from './record.js';
import type { Publish, PublishProperties } from './session-messages.js';

/** AMQP's shortstr. */
const MAX_SHORT_STRING = 255;
/** No character of a string takes more bytes in UTF-8 than this. */
const MOST_BYTES_EACH = 3;

/** The properties that are texts. */
export const TEXT_PROPERTIES = [
  'contentType',
  'contentEncoding',
  'correlationId',
  'replyTo',
  'expiration',
  'messageId',
  'type',
  'userId',
  'appId',
] as const;

const SHORT_STRINGS: ReadonlySet<string> = new Set(TEXT_PROPERTIES);

/** True for a message that can be put on the wire as it is; the worker's encoder makes no other. */
export function isPublish(value: unknown): value is Publish {
  if (!isRecord(value)) return false;
  const { exchange, routingKey, mandatory, body, headers, properties } = value;
  return (
    isShortString(exchange) &&
    isShortString(routingKey) &&
    typeof mandatory === 'boolean' &&
    body instanceof Uint8Array &&
    headers instanceof Uint8Array &&
    isFieldTable(headers) &&
    isProperties(properties)
  );
}

function isProperties(value: unknown): value is PublishProperties {
  if (!isRecord(value) || typeof value.persistent !== 'boolean') return false;
  for (const [name, field] of Object.entries(value)) {
    if (field !== undefined && name !== 'persistent' && !isProperty(name, field)) return false;
  }
  return true;
}

function isProperty(name: string, value: unknown): boolean {
  if (name === 'priority') return isWhole(value, 255);
  if (name === 'timestamp') return isWhole(value, Number.MAX_SAFE_INTEGER);
  return SHORT_STRINGS.has(name) && isShortString(value);
}

function isWhole(value: unknown, most: number): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= most;
}

function isShortString(value: unknown): value is string {
  if (typeof value !== 'string') return false;
  return value.length * MOST_BYTES_EACH <= MAX_SHORT_STRING || Buffer.byteLength(value) <= MAX_SHORT_STRING;
}
